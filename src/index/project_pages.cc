#include "index/project_pages.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "index/html_page.h"
#include "index/page_builder.h"

namespace pawl::index {

namespace {

using State = ProjectAnswer::Outcome;

std::string page_key(const Url& url) {
    return "page\n" + url.text_without_fragment();
}

std::string policy_key(const Url& url) {
    return "policy\n" + url.text_without_fragment();
}

// A page of links is kept as it is, not parsed, and an index's page may be used as one.
std::string links_key(const Url& url) {
    return "links\n" + url.text_without_fragment();
}

std::string links_policy_key(const Url& url) {
    return "links policy\n" + url.text_without_fragment();
}

} // namespace

// --- asking in order ----------------------------------------------------------------------------

ProjectId ProjectPages::id(const pep::Name& name) {
    auto [found, is_new] = ids_.try_emplace(name, static_cast<ProjectId>(projects_.size()));
    if (is_new) {
        projects_.push_back(Project{.name = name, .answers = {}, .result = {}});
    }
    return found->second;
}

const pep::Name& ProjectPages::name(ProjectId project) const {
    check(static_cast<size_t>(project) < projects_.size());
    return projects_[static_cast<size_t>(project)].name;
}

bool ProjectPages::is_ready(ProjectId project) const {
    return projects_[static_cast<size_t>(project)].result.has_value();
}

const Result<ProjectAnswer>& ProjectPages::answer(ProjectId project) const {
    check(is_ready(project));
    return *projects_[static_cast<size_t>(project)].result;
}

void ProjectPages::request(ProjectId id) {
    Project& project = projects_[static_cast<size_t>(id)];
    if (project.result || !project.answers.empty()) {
        return;
    }
    project.answers.resize(context_.options.sources.size());
    advance(id);
}

bool ProjectPages::is_asked(const Project& project, size_t source) const {
    const Source& one = context_.options.sources[source];
    auto pin = context_.options.pins.find(project.name);
    if (pin != context_.options.pins.end()) {
        return one.name == pin->second;
    }
    return !one.only_pinned;
}

/// Asks whom the strategy wants asked next; composes the answer when nobody is left.
void ProjectPages::advance(ProjectId id) {
    using SourceState = SourceAnswer::State;
    Project& project = projects_[static_cast<size_t>(id)];
    bool is_first_only = context_.options.strategy == Strategy::first_index;
    bool stop = false; // at the first index that knows it or has not answered yet
    bool is_pending = false;
    for (size_t source = 0; source < project.answers.size() && !project.result; ++source) {
        if (!is_asked(project, source)) {
            continue;
        }
        bool is_index = context_.options.sources[source].kind == Source::Kind::simple;
        if (is_index && stop) {
            continue;
        }
        if (project.answers[source].state == SourceState::not_asked) {
            project.answers[source].state = SourceState::pending;
            ask(id, source); // may settle it at once
        }
        SourceState state = project.answers[source].state;
        is_pending = is_pending || state == SourceState::pending;
        stop = stop || (is_index && is_first_only && state != SourceState::absent);
    }
    if (!project.result && !is_pending) {
        finish(project);
    }
}

void ProjectPages::settle(ProjectId id, size_t source, std::optional<ProjectFiles> files) {
    SourceAnswer& answer = projects_[static_cast<size_t>(id)].answers[source];
    answer.state = files ? SourceAnswer::State::found : SourceAnswer::State::absent;
    if (files) {
        answer.files =
            files->with_source(static_cast<uint16_t>(source), context_.source_urls[source]);
    }
}

void ProjectPages::fail_project(Project& project, Error error) {
    if (!project.result) {
        project.result.emplace(fail(std::move(error)));
    }
}

void ProjectPages::finish(Project& project) {
    std::vector<const ProjectFiles*> found;
    for (const SourceAnswer& answer : project.answers) {
        if (answer.state == SourceAnswer::State::found) {
            found.push_back(&answer.files);
        }
    }
    ProjectAnswer answer;
    if (found.empty()) {
        project.result = answer;
        return;
    }
    answer.outcome = ProjectAnswer::Outcome::found;
    answer.files = *found.front();
    if (found.size() > 1) {
        auto first_url = Url::parse(found.front()->page_url());
        PageBuilder builder(project.name,
                            first_url ? *first_url : context_.options.sources.front().url);
        for (const ProjectFiles* files : found) {
            builder.add_all_of(*files);
        }
        answer.files = *ProjectFiles::open(context_.pages.hold(builder.finish()));
    }
    const Options& options = context_.options;
    auto own = options.exclude_newer_project.find(project.name);
    auto limit = own == options.exclude_newer_project.end() ? options.exclude_newer : own->second;
    answer.files = answer.files.with_limit(limit);
    project.result = answer;
}

// --- one source ---------------------------------------------------------------------------------

void ProjectPages::ask(ProjectId id, size_t source) {
    const Source& asked = context_.options.sources[source];
    Project& project = projects_[static_cast<size_t>(id)];
    if (asked.kind == Source::Kind::links) {
        ask_links(id, source);
        return;
    }
    if (asked.url.scheme() == "file") {
        auto files = read_local(project, source);
        if (files) {
            settle(id, source, *files);
        } else {
            fail_project(project, std::move(files.error()));
        }
        return;
    }
    std::string path = std::string(asked.url.path());
    path += (path.ends_with('/') ? "" : "/") + project.name.str() + "/";
    ask_page(id, source, asked.url.with_path(path));
}

void ProjectPages::ask_page(ProjectId id, size_t source, const Url& url) {
    Project& project = projects_[static_cast<size_t>(id)];
    const Options& options = context_.options;
    auto policy_bytes = context_.pages.find(policy_key(url));
    auto policy = policy_bytes ? CachePolicy::decode(*policy_bytes) : std::nullopt;
    std::optional<ProjectFiles> files;
    if (policy && !policy->is_absent && (!reads_variants() || options.offline)) {
        auto record = context_.pages.find(page_key(url));
        files = record ? ProjectFiles::open(*record) : std::nullopt;
    }
    bool is_known = policy && (policy->is_absent || files);
    if (is_known && (options.offline || (!options.refresh && policy->is_fresh(context_.now_s())))) {
        ++context_.counters.cache_hits;
        settle(id, source, files);
        return;
    }
    std::string what = "the page of \"" + project.name.str() + "\"";
    if (options.offline) {
        fail_project(project, context_.offline_error(what + " at " + shown_url(url)));
        return;
    }
    HttpRequest request{.url = url, .what = what};
    request.headers = {"Accept: application/vnd.pypi.simple.v1+json, "
                       "application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"};
    if (options.refresh) {
        request.headers.emplace_back("Cache-Control: max-age=0");
    }
    if (files) {
        std::ranges::move(policy->conditions(), std::back_inserter(request.headers));
    }
    request.body_bytes_max = page_bytes_max;
    request.wait_ms_max = options.network.page_wait_ms_max;
    bool had_record = files.has_value();
    context_.http.start(
        std::move(request), [this, id, source, had_record](Result<HttpResponse> response) {
            if (response) {
                on_page(id, source, std::move(*response), had_record);
            } else {
                fail_project(projects_[static_cast<size_t>(id)], std::move(response.error()));
            }
            advance(id);
        });
}

void ProjectPages::on_page(ProjectId id, size_t source, HttpResponse response, bool had_record) {
    Project& project = projects_[static_cast<size_t>(id)];
    const Source& asked = context_.options.sources[source];
    std::string path = std::string(asked.url.path());
    path += (path.ends_with('/') ? "" : "/") + project.name.str() + "/";
    Url url = asked.url.with_path(path); // the keys are those of the address asked, not redirected
    if (response.status == 304 && had_record) {
        auto policy = CachePolicy::decode(context_.pages.find(policy_key(url)).value_or(""));
        auto files = ProjectFiles::open(context_.pages.find(page_key(url)).value_or(""));
        if (policy && files) {
            policy->confirm(response.headers, context_.now_s());
            context_.pages.put(policy_key(url), policy->encode());
            settle(id, source, files);
            return;
        }
    }
    CachePolicy policy = CachePolicy::from(response.headers, context_.now_s());
    if (response.status == 404 || response.status == 410) {
        policy.is_absent = true;
        if (policy.may_be_stored) {
            context_.pages.put(policy_key(url), policy.encode());
        }
        settle(id, source, std::nullopt);
        return;
    }
    if (response.status != 200) {
        fail_project(project, status_error(response, "the page of \"" + project.name.str() + "\""));
        return;
    }
    PageEnd end = page_end(response);
    PageBuilder builder(project.name, response.url);
    if (reads_variants()) {
        builder.keep_variants();
    }
    auto read = read_page(response, builder);
    bool may_be_cut = !response.has_length() && (!read || end != PageEnd::whole);
    if (may_be_cut && ++project.answers[source].cuts <= silent_cuts_max) {
        ask_page(id, source, url);
        return;
    }
    if (end == PageEnd::cut) {
        fail_project(project, cut_error(response.url));
        return;
    }
    if (!read) {
        fail_project(project, std::move(read.error()).in(shown_url(response.url)));
        return;
    }
    if (await_variants(id, source, builder)) {
        return;
    }
    std::string_view kept;
    if (policy.may_be_stored) {
        kept = context_.pages.put(page_key(url), builder.finish());
        context_.pages.put(policy_key(url), policy.encode());
    } else {
        kept = context_.pages.hold(builder.finish());
    }
    auto files = ProjectFiles::open(kept);
    check(files.has_value());
    settle(id, source, files);
}

// --- find-links ---------------------------------------------------------------------------------

void ProjectPages::ask_links(ProjectId id, size_t source) {
    LinkSource& place = links_[source];
    if (!place.list && !place.is_pending) {
        request_links(source);
    }
    if (place.list) {
        add_links(id, source);
    } else {
        place.waiting.push_back(id);
    }
}

void ProjectPages::add_links(ProjectId id, size_t source) {
    Project& project = projects_[static_cast<size_t>(id)];
    const Result<LinkList>& list = *links_[source].list;
    if (!list) {
        fail_project(project, Error(list.error()));
        return;
    }
    PageBuilder builder(project.name, list->url());
    bool found = list->add_to(builder, project.name);
    tell_warnings(builder);
    settle(id, source,
           found ? ProjectFiles::open(context_.pages.hold(builder.finish())) : std::nullopt);
}

void ProjectPages::request_links(size_t source) {
    LinkSource& place = links_[source];
    const Url& url = context_.options.sources[source].url;
    if (url.scheme() == "file") {
        auto path = url.local_path();
        if (!path) {
            place.list = fail(std::move(path.error()));
        } else if (fs::is_directory(*path)) {
            place.list = LinkList::of_directory(*path);
        } else if (auto html = fs::read(*path, page_bytes_max)) {
            place.list = LinkList::of_page(url, std::move(*html));
        } else {
            place.list = fail(std::move(html.error()));
        }
        return;
    }
    auto policy_bytes = context_.pages.find(links_policy_key(url));
    auto policy = policy_bytes ? CachePolicy::decode(*policy_bytes) : std::nullopt;
    auto kept = policy ? context_.pages.find(links_key(url)) : std::nullopt;
    const Options& options = context_.options;
    if (kept && (options.offline || (!options.refresh && policy->is_fresh(context_.now_s())))) {
        ++context_.counters.cache_hits;
        place.list = LinkList::of_page(url, std::string(*kept));
        return;
    }
    if (options.offline) {
        place.list = fail(context_.offline_error(shown_url(url)));
        return;
    }
    fetch_links(source, url);
}

void ProjectPages::fetch_links(size_t source, const Url& url) {
    HttpRequest request{.url = url, .what = "the page of links"};
    request.headers = {"Accept: text/html"};
    auto kept = context_.pages.find(links_key(url));
    auto policy = CachePolicy::decode(context_.pages.find(links_policy_key(url)).value_or(""));
    if (kept && policy) {
        std::ranges::move(policy->conditions(), std::back_inserter(request.headers));
    }
    request.body_bytes_max = page_bytes_max;
    request.wait_ms_max = context_.options.network.page_wait_ms_max;
    links_[source].is_pending = true;
    context_.http.start(std::move(request), [this, source, url](Result<HttpResponse> response) {
        on_links(source, url, std::move(response));
    });
}

void ProjectPages::on_links(size_t source, const Url& url, Result<HttpResponse> response) {
    LinkSource& asked = links_[source];
    PageEnd end = response && response->status == 200 ? page_end(*response) : PageEnd::whole;
    if (end != PageEnd::whole && ++asked.cuts <= silent_cuts_max) {
        fetch_links(source, url);
        return;
    }
    asked.is_pending = false;
    auto old = context_.pages.find(links_key(url));
    if (!response) {
        asked.list = fail(std::move(response.error()));
    } else if (response->status == 304 && old) {
        auto known = CachePolicy::decode(context_.pages.find(links_policy_key(url)).value_or(""));
        CachePolicy confirmed = known.value_or(CachePolicy{});
        confirmed.confirm(response->headers, context_.now_s());
        context_.pages.put(links_policy_key(url), confirmed.encode());
        asked.list = LinkList::of_page(url, std::string(*old));
    } else if (response->status != 200) {
        asked.list = fail(status_error(*response, "the page of links"));
    } else if (end == PageEnd::cut) {
        asked.list = fail(cut_error(response->url));
    } else {
        CachePolicy fresh = CachePolicy::from(response->headers, context_.now_s());
        if (fresh.may_be_stored) {
            context_.pages.put(links_key(url), response->body);
            context_.pages.put(links_policy_key(url), fresh.encode());
        }
        asked.list = LinkList::of_page(response->url, std::move(response->body));
    }
    for (ProjectId waiting : std::exchange(asked.waiting, {})) {
        add_links(waiting, source);
        advance(waiting);
    }
}

} // namespace pawl::index
