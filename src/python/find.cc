// Choosing. Candidates wait in order of what is guessed of them; the best is asked, and takes its
// place again by what it really is. So as few as possible are started, and the answer is the same
// as if all had been.

#include "python/find.h"

#include <algorithm>
#include <compare>

#include "base/fs.h"
#include "base/parallel.h"
#include "base/text.h"

namespace pawl::python {

namespace {

constexpr size_t listed_max = 20; // interpreters named in an error
constexpr size_t asked_at_once_max = 4;

/// A candidate on its way to being chosen.
struct Entrant {
    Candidate candidate;
    std::optional<Interpreter> interpreter; // once asked
};

/// Smaller is better: rule 4 of python.h, then rule 3.
struct Rank {
    int oddity = 0; // prerelease, other implementation, free-threaded, debug
    std::optional<pep::Version> version;
    Source source = Source::path;
    std::string path;
};

/// With only "3.12" known, it may be the newest 3.12 that there is.
pep::Version at_its_best(const pep::Version& guess) {
    if (guess.release().size() >= 3) {
        return guess;
    }
    uint64_t minor = guess.release().size() > 1 ? guess.release()[1] : 9999;
    const uint64_t numbers[] = {guess.release()[0], minor, 9999};
    return pep::Version::of(numbers);
}

Rank rank_of(const Entrant& entrant) {
    const Candidate& candidate = entrant.candidate;
    Rank rank;
    rank.source = candidate.source;
    rank.path = candidate.executable;
    if (entrant.interpreter) {
        const Interpreter& known = *entrant.interpreter;
        rank.version = known.version;
        rank.oddity = (known.version.is_prerelease() ? 8 : 0) +
                      (known.implementation != "cpython" ? 4 : 0) +
                      (known.is_free_threaded ? 2 : 0) + (known.is_debug ? 1 : 0);
        return rank;
    }
    if (candidate.version_guess) {
        rank.version = at_its_best(*candidate.version_guess);
        rank.oddity = (candidate.version_guess->is_prerelease() ? 8 : 0) +
                      (candidate.implementation_guess == "pypy" ? 4 : 0) +
                      (candidate.free_threaded_guess ? 2 : 0);
    }
    return rank;
}

/// Whether `a` comes before `b`. Who gives nothing away comes first, for it may be the best.
bool is_before(const Rank& a, const Rank& b) {
    if (a.version.has_value() != b.version.has_value()) {
        return !a.version.has_value();
    }
    if (a.oddity != b.oddity) {
        return a.oddity < b.oddity;
    }
    if (a.version && *a.version != *b.version) {
        return *a.version > *b.version;
    }
    if (a.source != b.source) {
        return a.source < b.source;
    }
    return a.path < b.path;
}

/// Whether what is guessed of it leaves a chance.
bool may_fit(const Candidate& candidate, const Request& request,
             const pep::Specifiers& requires_python) {
    if (!request.implementation.empty() && !candidate.implementation_guess.empty() &&
        candidate.implementation_guess != request.implementation) {
        return false;
    }
    if (!candidate.version_guess) {
        return true;
    }
    const pep::Version& guess = *candidate.version_guess;
    if (guess.release()[0] < 3 || (guess.release()[0] == 3 && guess.release().size() > 1 &&
                                   guess.release()[1] < Interpreter::minor_min)) {
        return false;
    }
    if (guess.release().size() < 3) {
        Result<pep::Specifiers> minor = pep::Specifiers::parse("==" + guess.str() + ".*");
        return !minor ||
               (!minor->set().intersect(requires_python.set()).is_empty() &&
                (!request.versions || !minor->set().intersect(request.versions->set()).is_empty()));
    }
    return admits_python(requires_python, guess) &&
           (!request.versions || admits_python(*request.versions, guess));
}

bool fits(const Interpreter& interpreter, const Request& request,
          const pep::Specifiers& requires_python) {
    return interpreter.is_supported() && request.admits(interpreter) &&
           admits_python(requires_python, interpreter.version);
}

std::string what_was_asked(const Request& request, const pep::Specifiers& requires_python) {
    std::string what = "no Python";
    if (!request.text.empty()) {
        what += " that is \"" + printable(request.text) + "\"";
    }
    if (!requires_python.is_empty()) {
        what += (request.text.empty() ? " that" : " and") +
                std::string(" fits requires-python \"") + requires_python.str() + "\"";
    }
    return what + " was found on this machine";
}

std::string describe_guess(const Candidate& candidate) {
    std::string version = candidate.version_guess ? candidate.version_guess->str() : "unknown";
    return version + (candidate.free_threaded_guess ? "t" : "") + " (" +
           printable(candidate.executable) + ")";
}

/// The error that names what is there, and what could not be asked.
Error none_fits(const Request& request, const pep::Specifiers& requires_python,
                std::vector<Candidate> all, const std::vector<std::string>& broken) {
    std::ranges::stable_sort(all, [](const Candidate& a, const Candidate& b) {
        return is_before(rank_of(Entrant{a, std::nullopt}), rank_of(Entrant{b, std::nullopt}));
    });
    std::string message = what_was_asked(request, requires_python);
    if (all.empty()) {
        message += "; there is none at all in PATH, pyenv, uv's directory or /usr";
    } else {
        message += "; there are:";
        for (size_t i = 0; i < std::min(all.size(), listed_max); ++i) {
            message += "\n  " + describe_guess(all[i]);
        }
        if (all.size() > listed_max) {
            message += "\n  and " + std::to_string(all.size() - listed_max) + " more";
        }
    }
    for (size_t i = 0; i < std::min(broken.size(), listed_max); ++i) {
        message += "\n" + broken[i];
    }
    return Error{Error::Kind::environment, std::move(message)}.hint(
        "install one (pyenv, uv python install, apt), or ask for another with --python");
}

Result<Interpreter> find_at_path(const Request& request, const pep::Specifiers& requires_python,
                                 const Surroundings& surroundings) {
    Interpreter interpreter = TRY(ask(request.path, surroundings.ask));
    if (!interpreter.is_supported()) {
        return fail(Error::Kind::environment,
                    interpreter.describe() + " is too old: pawl needs Python 3." +
                        std::to_string(Interpreter::minor_min) + " or newer");
    }
    if (!admits_python(requires_python, interpreter.version)) {
        return fail(Error{Error::Kind::environment, interpreter.describe() +
                                                        " does not fit requires-python \"" +
                                                        requires_python.str() + "\""}
                        .hint("choose another one with --python (pawl python list shows them)"));
    }
    return interpreter;
}

} // namespace

Result<Interpreter> find(const Request& request, const pep::Specifiers& requires_python,
                         const Surroundings& surroundings) {
    if (!request.path.empty()) {
        return find_at_path(request, requires_python, surroundings);
    }
    std::vector<Candidate> all = candidates(surroundings);
    std::vector<Entrant> entrants;
    for (const Candidate& candidate : all) {
        if (may_fit(candidate, request, requires_python)) {
            entrants.push_back(Entrant{candidate, std::nullopt});
        }
    }
    std::vector<std::string> broken;
    auto ask_entrant = [&](Entrant& entrant) {
        Result<Interpreter> asked = ask(entrant.candidate.executable, surroundings.ask);
        if (!asked) {
            broken.push_back(std::move(asked.error().message));
            return false;
        }
        entrant.interpreter = std::move(*asked);
        return fits(*entrant.interpreter, request, requires_python);
    };
    if (!entrants.empty() && entrants.front().candidate.source == Source::active_environment) {
        if (ask_entrant(entrants.front())) {
            return std::move(*entrants.front().interpreter);
        }
        entrants.erase(entrants.begin());
    }
    while (!entrants.empty()) { // each round asks one, drops one or ends
        auto best = std::min_element(
            entrants.begin(), entrants.end(),
            [](const Entrant& a, const Entrant& b) { return is_before(rank_of(a), rank_of(b)); });
        if (best->interpreter) {
            return std::move(*best->interpreter);
        }
        if (!ask_entrant(*best)) {
            entrants.erase(best);
        }
    }
    return fail(none_fits(request, requires_python, all, broken));
}

Result<std::vector<Found>> list(const Surroundings& surroundings) {
    std::vector<Found> found;
    for (Candidate& candidate : candidates(surroundings)) {
        found.push_back(Found{std::move(candidate), std::nullopt, ""});
    }
    const std::string too_old =
        "too old: pawl needs 3." + std::to_string(Interpreter::minor_min) + " or newer";
    TRY(parallel_for(
        found.size(),
        [&](size_t i) -> Result<> {
            Found& one = found[i];
            const std::optional<pep::Version>& guess = one.candidate.version_guess;
            if (guess && guess->release()[0] < 3) {
                one.note = too_old; // Python 2 does not even understand how we ask
                return {};
            }
            Result<Interpreter> asked = ask(one.candidate.executable, surroundings.ask);
            if (!asked) {
                one.note = asked.error().message;
                return {};
            }
            one.note = asked->is_supported() ? "" : too_old;
            one.interpreter = std::move(*asked);
            return {};
        },
        asked_at_once_max));
    // Newest first, as they would be chosen; what could not be asked stands at the end.
    std::ranges::stable_sort(found, [](const Found& a, const Found& b) {
        bool a_good = a.interpreter && a.note.empty(), b_good = b.interpreter && b.note.empty();
        if (a_good != b_good) {
            return a_good;
        }
        return is_before(rank_of(Entrant{a.candidate, a.interpreter}),
                         rank_of(Entrant{b.candidate, b.interpreter}));
    });
    return found;
}

} // namespace pawl::python
