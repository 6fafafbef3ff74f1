#include "index/downloads.h"

#include "base/text.h"
#include "index/download_sink.h"

namespace pawl::index {

struct Downloads::Running {
    DistributionFile file;
    std::string path;
    std::string partial_path;
    DownloadSink sink;
    DownloadDone done;
    uint64_t request = 0;
    int cuts = 0; ///< bodies that ended early without a word
};

Downloads::Downloads(Context& context) : context_(context) {}

Downloads::~Downloads() {
    Turn::Hold hold = context_.turn.take();
    for (auto& [id, running] : running_) {
        context_.http.cancel(running->request);
        static_cast<void>(fs::remove_file(running->partial_path));
    }
}

uint64_t Downloads::start(const DistributionFile& file, std::string path, DownloadDone done) {
    uint64_t id = next_++;
    std::string what = printable(file.file_name);
    auto made = fs::make_directories(fs::parent(path));
    if (!made) {
        done(fail(std::move(made.error())));
        return id;
    }
    if (!file.url) {
        done(fail(Error::Kind::input, what + ": has no address"));
        return id;
    }
    auto fetched = context_.fetched_files.find(file.url->text_without_fragment());
    if (file.url->scheme() == "file" || fetched != context_.fetched_files.end()) {
        auto from = fetched != context_.fetched_files.end() ? Result<std::string>(fetched->second)
                                                            : file.url->local_path();
        done(from ? copy_local(file, *from, path) : Result<>(fail(std::move(from.error()))));
        return id;
    }
    if (context_.options.offline) {
        done(fail(context_.offline_error(what)));
        return id;
    }
    std::string partial = path + "." + fs::random_name() + ".part";
    auto running = std::unique_ptr<Running>(
        new Running{.file = file,
                    .path = std::move(path),
                    .partial_path = partial,
                    .sink = DownloadSink(partial, file.hashes, file.size_bytes),
                    .done = std::move(done),
                    .request = 0,
                    .cuts = 0});
    Running& started = *running_.emplace(id, std::move(running)).first->second;
    send(id, started);
    return id;
}

void Downloads::send(uint64_t id, Running& running) {
    HttpRequest request{.url = *running.file.url, .what = printable(running.file.file_name)};
    request.may_be_encoded = false; // the file's own bytes, which the hashes are of
    request.body_bytes_max = file_bytes_max;
    request.sink = &running.sink;
    request.prepare = [sink = &running.sink](std::vector<std::string>& headers) {
        headers = sink->resume_headers();
    };
    running.request =
        context_.http.start(std::move(request), [this, id](Result<HttpResponse> response) {
            on_response(id, std::move(response));
        });
}

void Downloads::cancel(uint64_t download) {
    auto node = running_.extract(download);
    if (!node.empty()) {
        context_.http.cancel(node.mapped()->request);
        static_cast<void>(fs::remove_file(node.mapped()->partial_path));
    }
}

uint64_t Downloads::bytes_of(uint64_t download) const {
    auto found = running_.find(download);
    return found == running_.end() ? 0 : found->second->sink.written_bytes();
}

void Downloads::on_response(uint64_t download, Result<HttpResponse> response) {
    auto found = running_.find(download);
    if (found == running_.end()) {
        return;
    }
    bool may_be_cut = response && response->status / 100 == 2 && !response->has_length() &&
                      found->second->sink.is_short();
    if (may_be_cut && ++found->second->cuts <= silent_cuts_max) {
        send(download, *found->second);
        return;
    }
    auto node = running_.extract(found);
    Running& running = *node.mapped();
    auto result = conclude(running, std::move(response));
    if (!result) {
        static_cast<void>(fs::remove_file(running.partial_path));
    }
    running.done(std::move(result));
}

Result<> Downloads::conclude(Running& running, Result<HttpResponse> response) {
    std::string what = printable(running.file.file_name);
    std::string place = shown_url(*running.file.url);
    if (running.sink.error()) {
        return fail(Error(*running.sink.error()).in(place));
    }
    if (!response) {
        return fail(std::move(response.error()));
    }
    // An empty file is what it is: whoever opens it will say so.
    bool is_body =
        response->status == 200 || (response->status == 206 && running.sink.written_bytes() > 0);
    if (!is_body) {
        return fail(status_error(*response, what));
    }
    Result<> finished = running.sink.finish(what);
    if (!finished) {
        Error error = Error(std::move(finished.error())).in(place);
        bool is_other = error.kind == Error::Kind::integrity;
        return fail(is_other ? std::move(error).hint("it was changed, or damaged on the way: try "
                                                     "again; if it stays so, do not trust it")
                             : std::move(error));
    }
    return fs::rename(running.partial_path, running.path);
}

Result<> Downloads::copy_local(const DistributionFile& file, const std::string& from,
                               const std::string& to) {
    auto mapped = TRY(fs::MappedFile::open(from));
    std::string partial = to + "." + fs::random_name() + ".part";
    DownloadSink sink(partial, file.hashes, file.size_bytes);
    bool is_written = sink.begin(200, {}) && sink.write(mapped.bytes());
    Result<> result;
    if (!is_written) {
        result = fail(Error(sink.error().value_or(Error{Error::Kind::disk, "cannot be copied"}))
                          .in(printable(from)));
    } else {
        result = sink.finish(printable(file.file_name));
    }
    if (result) {
        result = fs::rename(partial, to);
    }
    if (!result) {
        static_cast<void>(fs::remove_file(partial));
    }
    return result;
}

} // namespace pawl::index
