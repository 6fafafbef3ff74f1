#include "test/scenarios/judge_rules.h"

#include <algorithm>

#include "base/check.h"

namespace pawl::scenarios {

Judge::Rules::Rules(const World& its_world, bool wide) : world(&its_world) {
    extras.emplace_back();
    add_all(roots, its_world.require);
    add_all(constraints, its_world.constrain);
    add_all(overrides, its_world.override_with);
    add_releases();
    for (const std::string& name : its_world.exclude) {
        project_of(name);
    }
    is_excluded.resize(names.size());
    for (const std::string& name : its_world.exclude) {
        is_excluded[project_of(name)] = true;
    }
    is_overridden.resize(names.size());
    for (size_t need : overrides) {
        is_overridden[needs[need].target] = true;
    }
    for (Need& need : needs) {
        need.admits.resize(candidates.size());
        for (CandidateNumber one :
             need.target == nobody ? std::vector<CandidateNumber>() : releases[need.target]) {
            const Candidate& candidate = candidates[one];
            need.admits[one] = need.text.url.empty() ? admits(need.text.clauses, candidate.version,
                                                              candidate.release->version)
                                                     : need.text.url == candidate.source;
        }
    }
    add_points(wide);
    for (Candidate& candidate : candidates) {
        judge_candidate(candidate);
    }
}

ProjectNumber Judge::Rules::project_named(const std::string& name) const {
    auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? nobody : static_cast<size_t>(found - names.begin());
}

ProjectNumber Judge::Rules::project_of(const std::string& name) {
    ProjectNumber known = project_named(name);
    if (known != nobody) {
        return known;
    }
    names.push_back(name);
    releases.emplace_back();
    return names.size() - 1;
}

/// nobody when it cannot be read.
size_t Judge::Rules::add_need(const std::string& text, bool is_of_root) {
    auto read = PlainNeed::parse(text);
    if (!read) {
        return nobody;
    }
    Need need;
    need.target = project_of(read->name);
    need.is_of_root = is_of_root;
    for (const std::string& extra : read->extras) {
        if (std::find(extras.begin(), extras.end(), extra) == extras.end()) {
            extras.push_back(extra);
        }
    }
    need.text = std::move(*read);
    needs.push_back(std::move(need));
    return needs.size() - 1;
}

void Judge::Rules::add_all(std::vector<size_t>& list, const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
        list.push_back(add_need(text, true));
        check(list.back() != nobody);
    }
}

void Judge::Rules::add_releases() {
    for (const auto& entry : world->projects) {
        ProjectNumber project = project_of(entry.first);
        for (const WorldRelease& release : entry.second.releases) {
            Candidate candidate;
            candidate.release = &release;
            candidate.project = project;
            candidate.source = entry.second.source;
            auto version = PlainVersion::parse(release.version);
            check(version.has_value());
            candidate.version = std::move(*version);
            for (const std::string& text : release.needs) {
                size_t need = add_need(text, false);
                candidate.is_good = candidate.is_good && need != nobody;
                if (need != nobody) {
                    candidate.needs.push_back(need);
                }
            }
            releases[project].push_back(candidates.size());
            candidates.push_back(std::move(candidate));
        }
    }
}

void Judge::Rules::add_points(bool wide) {
    points = points_of(*world, wide);
    std::vector<PlainMarker> environments;
    for (const std::string& text : world->required_environments) {
        auto marker = PlainMarker::parse(text);
        check(marker.has_value());
        environments.push_back(std::move(*marker));
    }
    for (size_t i = 0; i < points.size(); ++i) {
        if (machines.empty() || points[machines.back()].values != points[i].values) {
            machines.push_back(i);
            required.emplace_back();
            for (const PlainMarker& environment : environments) {
                required.back().push_back(environment.holds(points[i]));
            }
        }
        machine_of.push_back(machines.size() - 1);
    }
}

void Judge::Rules::judge_candidate(Candidate& candidate) {
    const WorldRelease& release = *candidate.release;
    bool is_barred = !candidate.is_direct() &&
                     ((release.is_yanked && !lets_yanked_in(candidate)) ||
                      (candidate.version.is_prerelease() && bars_prerelease(candidate)));
    candidate.is_good = candidate.is_good && !is_barred && release.unusable.empty() &&
                        release.broken_metadata.empty();
    find_files(candidate);
    find_pythons(candidate);
}

/// What is asked for exactly, or was locked before.
bool Judge::Rules::lets_yanked_in(const Candidate& candidate) const {
    auto number = static_cast<size_t>(&candidate - candidates.data());
    for (const std::vector<size_t>* list : {&roots, &constraints, &overrides}) {
        for (size_t need : *list) {
            if (needs[need].text.is_exact() && needs[need].admits[number]) {
                return true;
            }
        }
    }
    std::string itself = names[candidate.project] + " " + candidate.release->version +
                         (candidate.source.empty() ? "" : " from " + candidate.source);
    return std::ranges::any_of(world->prefer, [&](const std::string& text) {
        return text.substr(0, text.find(" ;")) == itself;
    });
}

bool Judge::Rules::bars_prerelease(const Candidate& candidate) const {
    using resolve::PrereleaseMode;
    const resolve::Options& options = world->options;
    auto own = options.prereleases_of.find(pep::Name::of(names[candidate.project]));
    PrereleaseMode mode = own != options.prereleases_of.end() ? own->second : options.prereleases;
    bool is_named = std::ranges::any_of(needs, [&](const Need& need) {
        return need.is_of_root && need.target == candidate.project && need.text.names_prerelease();
    });
    return mode == PrereleaseMode::disallow || (mode == PrereleaseMode::explicit_only && !is_named);
}

void Judge::Rules::find_files(Candidate& candidate) {
    const WorldRelease& release = *candidate.release;
    bool fits_all = release.has_sdist || release.wheels.empty();
    candidate.fits_required.resize(world->required_environments.size());
    for (size_t machine = 0; machine < machines.size(); ++machine) {
        bool fits = fits_all || std::ranges::any_of(release.wheels, [&](const std::string& wheel) {
                        return plain_tag_fits(wheel, points[machines[machine]]);
                    });
        candidate.fits.push_back(fits);
        candidate.fits_somewhere = candidate.fits_somewhere || fits;
        for (size_t i = 0; fits && i < candidate.fits_required.size(); ++i) {
            candidate.fits_required[i] = candidate.fits_required[i] || required[machine][i];
        }
    }
}

/// Only the lower bound counts: some Python that is not newer is admitted. But a release that no
/// Python of the world's is admitted by cannot be used at all.
void Judge::Rules::find_pythons(Candidate& candidate) {
    auto clauses = plain_clauses(candidate.release->requires_python);
    candidate.pythons.resize(machines.size(), true);
    if (!clauses || clauses->empty()) {
        return; // one that cannot be read counts as none, as old releases need it
    }
    std::vector<PlainVersion> admitted;
    for (uint64_t minor = 0; minor < 20; ++minor) {
        for (uint64_t patch = 0; patch < 20; ++patch) {
            std::string text = "3." + std::to_string(minor) + "." + std::to_string(patch);
            auto python = PlainVersion::parse(text);
            if (admits(*clauses, *python, text)) {
                admitted.push_back(*python);
            }
        }
    }
    bool is_for_any = std::ranges::any_of(machines, [&](size_t point) {
        return admits(*clauses, points[point].python(), points[point].value("python_full_version"));
    });
    for (size_t machine = 0; machine < machines.size(); ++machine) {
        candidate.pythons[machine] =
            is_for_any && admitted.front() <= points[machines[machine]].python();
    }
}

Situation::Situation(const Judge::Rules& its_rules, size_t its_point)
    : rules(&its_rules), point(its_point) {
    PlainPoint here = its_rules.points[its_point];
    for (const std::string& extra : its_rules.extras) {
        here.extra = extra;
        std::vector<bool>& row = holds.emplace_back();
        for (size_t i = 0; i < its_rules.needs.size(); ++i) {
            const PlainMarker& marker = its_rules.needs[i].text.marker;
            bool is_known = !extra.empty() && !marker.mentions_extra();
            row.push_back(is_known ? holds.front()[i] : marker.holds(here));
        }
    }
}

bool Situation::is_usable(const Candidate& candidate, bool strictly) const {
    size_t machine = rules->machine_of[point];
    if (!candidate.is_good || !candidate.pythons[machine]) {
        return false;
    }
    if (strictly || rules->world->environment) {
        return candidate.fits[machine];
    }
    for (size_t i = 0; i < candidate.fits_required.size(); ++i) {
        if (rules->required[machine][i] && !candidate.fits_required[i]) {
            return false;
        }
    }
    return candidate.fits_somewhere;
}

std::string Situation::signature(bool strictly) const {
    std::string text;
    for (const std::vector<bool>& row : holds) {
        for (bool bit : row) {
            text += bit ? '1' : '0';
        }
    }
    for (const Candidate& candidate : rules->candidates) {
        text += is_usable(candidate, strictly) ? '1' : '0';
    }
    return text;
}

} // namespace pawl::scenarios
