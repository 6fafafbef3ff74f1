#include "index/client.h"

#include <algorithm>

#include <unistd.h>

#include "base/check.h"
#include "base/text.h"
#include "index/download_batch.h"
#include "index/downloads.h"
#include "index/metadata_finder.h"
#include "index/project_pages.h"

namespace pawl::index {

namespace {

constexpr int64_t pump_wait_ms = 1000;
constexpr int64_t progress_every_ms = 50;
constexpr useconds_t rest_us = 500;

} // namespace

struct Client::Implementation {
    Implementation(Options options, std::string cache_directory)
        : context(std::move(options), std::move(cache_directory)), pages(context),
          downloads(context), finder(context, pages, downloads) {}

    [[nodiscard]] Turn::Hold take_turn() { return context.turn.take(); }

    /// Waits for something to come, for who holds the turn. Waiting with nothing under way would be
    /// for ever.
    void move(int64_t wait_ms = pump_wait_ms) {
        check(!context.http.is_idle());
        context.http.pump(wait_ms);
    }
    /// The same where the caller may have no room for what could come.
    void move_or_rest() {
        if (context.http.is_idle()) {
            context.turn.wait_outside([] { ::usleep(rest_us); });
        } else {
            move(progress_every_ms);
        }
    }

    Result<HttpResponse> get(const Url& url, uint64_t bytes_max);

    Context context;
    ProjectPages pages;
    Downloads downloads;
    MetadataFinder finder;
};

Client::Client(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}

Client::~Client() {
    static_cast<void>(flush());
}

Result<std::unique_ptr<Client>> Client::create(Options options, std::string cache_directory) {
    constexpr size_t sources_max = 1000;
    if (options.sources.size() > sources_max) {
        return fail(Error::Kind::usage, "more than a thousand indexes");
    }
    for (const Source& source : options.sources) {
        if (!source.url.is_http() && source.url.scheme() != "file") {
            return fail(Error::Kind::usage,
                        source.url.text() + ": an index is reached by http, https or file");
        }
    }
    for (const auto& [project, index] : options.pins) {
        if (std::ranges::find(options.sources, index, &Source::name) == options.sources.end()) {
            return fail(Error::Kind::usage, "\"" + project.str() + "\" is pinned to an index \"" +
                                                printable(index) + "\" that is not there");
        }
    }
    auto implementation =
        std::make_unique<Implementation>(std::move(options), std::move(cache_directory));
    return std::unique_ptr<Client>(new Client(std::move(implementation)));
}

// --- projects -----------------------------------------------------------------------------------

ProjectId Client::project(const pep::Name& name) {
    Turn::Hold turn = implementation_->take_turn();
    return implementation_->pages.id(name);
}

std::string_view Client::project_name(ProjectId project) const {
    Turn::Hold turn = implementation_->take_turn();
    return implementation_->pages.name(project).str();
}

void Client::request_project(ProjectId project) {
    Turn::Hold turn = implementation_->take_turn();
    implementation_->pages.request(project);
}

bool Client::is_project_ready(ProjectId project) {
    Turn::Hold turn = implementation_->take_turn();
    return implementation_->pages.is_ready(project);
}

Result<ProjectAnswer> Client::wait_project(ProjectId project) {
    Turn::Hold turn = implementation_->take_turn();
    auto& pages = implementation_->pages;
    pages.request(project);
    while (!pages.is_ready(project)) {
        implementation_->move();
    }
    return pages.answer(project);
}

Result<std::vector<ProjectAnswer>> Client::project_files(std::span<const pep::Name> names) {
    std::vector<ProjectId> projects;
    for (const pep::Name& name : names) {
        projects.push_back(project(name));
        request_project(projects.back());
    }
    std::vector<ProjectAnswer> answers;
    for (ProjectId project : projects) {
        answers.push_back(TRY(wait_project(project)));
    }
    return answers;
}

// --- metadata -----------------------------------------------------------------------------------

void Client::request_metadata(FileId file) {
    Turn::Hold turn = implementation_->take_turn();
    implementation_->finder.request(file);
}

bool Client::is_metadata_ready(FileId file) {
    Turn::Hold turn = implementation_->take_turn();
    return implementation_->finder.is_ready(file);
}

Result<MetadataAnswer> Client::wait_metadata(FileId file) {
    Turn::Hold turn = implementation_->take_turn();
    auto& finder = implementation_->finder;
    finder.request(file);
    while (!finder.is_ready(file)) {
        implementation_->move();
    }
    return finder.answer(file);
}

FileId Client::add_file(ProjectId project, DistributionFile file) {
    Turn::Hold turn = implementation_->take_turn();
    return implementation_->finder.add_file(project, std::move(file));
}

Result<MetadataAnswer> Client::put_built_metadata(FileId file, std::string_view metadata_text) {
    Turn::Hold turn = implementation_->take_turn();
    return implementation_->finder.put_built(file, metadata_text);
}

DistributionFile Client::file(FileId file) const {
    Turn::Hold turn = implementation_->take_turn();
    return implementation_->finder.file(file);
}

// --- whole files --------------------------------------------------------------------------------

Result<> Client::download(std::span<const Download> files, DownloadWatcher* watcher) {
    DownloadWatcher nobody;
    Turn::Hold turn = implementation_->take_turn();
    DownloadBatch batch(implementation_->downloads, files, watcher != nullptr ? *watcher : nobody);
    while (batch.go_on()) {
        implementation_->move_or_rest();
    }
    return batch.take_result();
}

Result<std::string> Client::fetch(const Url& url, uint64_t bytes_max) {
    if (url.scheme() == "file") {
        return fs::read(TRY(url.local_path()), bytes_max);
    }
    HttpResponse response = TRY(implementation_->get(url, bytes_max));
    if (response.status != 200) {
        return fail(status_error(response, "the file"));
    }
    return std::move(response.body);
}

Result<std::optional<std::string>> Client::fetch_if_there(const Url& url, uint64_t bytes_max) {
    if (url.scheme() == "file") {
        std::string path = TRY(url.local_path());
        return fs::exists(path) ? std::optional(TRY(fs::read(path, bytes_max)))
                                : std::optional<std::string>();
    }
    HttpResponse response = TRY(implementation_->get(url, bytes_max));
    for (int absent : {401, 403, 404, 410}) {
        if (response.status == absent) {
            return std::optional<std::string>();
        }
    }
    if (response.status != 200) {
        return fail(status_error(response, "the file"));
    }
    return std::optional(std::move(response.body));
}

/// One answer, whatever it says.
Result<HttpResponse> Client::Implementation::get(const Url& url, uint64_t bytes_max) {
    if (context.options.offline) {
        return fail(context.offline_error(shown_url(url)));
    }
    std::optional<Result<HttpResponse>> answer;
    Turn::Hold turn = take_turn();
    HttpRequest request{.url = url, .what = "the file"};
    request.body_bytes_max = bytes_max;
    request.wait_ms_max = context.options.network.page_wait_ms_max;
    context.http.start(std::move(request), [&answer](Result<HttpResponse> response) {
        answer.emplace(std::move(response));
    });
    while (!answer) {
        move();
    }
    return std::move(*answer);
}

// --- the rest -----------------------------------------------------------------------------------

void Client::wait_for_more() {
    Turn::Hold turn = implementation_->take_turn();
    implementation_->move_or_rest();
}

void Client::poll() {
    Turn::Hold turn = implementation_->take_turn();
    implementation_->context.http.pump(0);
}

std::vector<std::string> Client::take_warnings() {
    Turn::Hold turn = implementation_->take_turn();
    return implementation_->context.take_warnings();
}

const Options& Client::options() const {
    return implementation_->context.options;
}

Counters Client::counters() const {
    Turn::Hold turn = implementation_->take_turn();
    const Context& context = implementation_->context;
    Counters counters = context.counters;
    counters.requests = context.http.request_count();
    counters.network_loaded = context.http.has_fetcher();
    counters.bytes = context.http.received_bytes();
    return counters;
}

Result<> Client::flush() {
    Turn::Hold turn = implementation_->take_turn();
    TRY(implementation_->context.pages.flush());
    return implementation_->context.metadata.flush();
}

} // namespace pawl::index
