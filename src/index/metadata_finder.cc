#include "index/metadata_finder.h"

#include "base/check.h"
#include "base/text.h"
#include "index/metadata_job.h"
#include "index/record.h"
#include "pep/version.h"

namespace pawl::index {

namespace {

// Rows from here on are files that were added, not rows of a page.
constexpr uint32_t added_first = 0x8000'0000;

// Records that are no metadata: what else a file can turn out to be, so that it is asked once only.
constexpr std::string_view must_build_record = "pawl:must-build";
constexpr int unannounced_tries_max = 3;
constexpr int64_t ability_s_max = 86400;
constexpr std::string_view invalid_prefix = "pawl:invalid:";
constexpr std::string_view foreign_prefix = "pawl:foreign:";

} // namespace

MetadataFinder::MetadataFinder(Context& context, ProjectPages& pages, Downloads& downloads)
    : context_(context), pages_(pages), downloads_(downloads) {}

MetadataFinder::~MetadataFinder() {
    Turn::Hold hold = context_.turn.take();
    for (auto& [id, job] : jobs_) {
        if (job->request != 0) {
            context_.http.cancel(job->request);
        }
    }
}

// --- what is known ------------------------------------------------------------------------------

FileId MetadataFinder::add_file(ProjectId project, DistributionFile file) {
    added_.emplace_back(project, std::move(file));
    return {project, added_first + static_cast<uint32_t>(added_.size() - 1)};
}

DistributionFile MetadataFinder::file(FileId id) const {
    if (id.row >= added_first) {
        check(id.row - added_first < added_.size());
        return added_[id.row - added_first].second;
    }
    const auto& answer = pages_.answer(id.project);
    check(answer.has_value());
    return answer->files.distribution(id.row);
}

/// The index belongs to the key: what one index says about a hash is not believed of another's
/// file.
std::string MetadataFinder::cache_key(FileId id) const {
    std::string key = "metadata\n";
    if (id.row >= added_first) {
        const DistributionFile& file = added_[id.row - added_first].second;
        key += file.index_url + "\n";
        if (file.hashes.empty()) {
            return key + (file.url ? file.url->text_without_fragment() : file.file_name);
        }
        for (const Hash& hash : file.hashes) {
            key += hash.algorithm + "=" + hash.hex + " ";
        }
        return key;
    }
    const ProjectFiles& files = pages_.answer(id.project)->files;
    FileView view = files.file(id.row);
    key += context_.source_urls[view.source];
    key += '\n';
    key += view.hashes.empty() ? view.url : view.hashes;
    return key;
}

bool MetadataFinder::is_ready(FileId id) const {
    auto found = jobs_.find(id);
    return found != jobs_.end() && found->second->result.has_value();
}

const Result<MetadataAnswer>& MetadataFinder::answer(FileId id) const {
    check(is_ready(id));
    return *jobs_.at(id)->result;
}

void MetadataFinder::request(FileId id) {
    auto [entry, is_new] = jobs_.try_emplace(id);
    if (!is_new) {
        return;
    }
    entry->second = std::make_unique<Job>();
    Job& job = *entry->second;
    job.id = id;
    job.key = cache_key(id);
    if (!find_cached(job, job.key)) {
        start(job);
    }
}

bool MetadataFinder::find_cached(Job& job, const std::string& key) {
    // A file on this machine without a digest may change under its name: it is read each time.
    bool is_fixed = key.find("\nfile:") == std::string::npos;
    auto record = is_fixed ? context_.metadata.find(key) : std::nullopt;
    if (!record) {
        return false;
    }
    auto known = answer_of(*record);
    if (!known) {
        return false; // of an older format
    }
    ++context_.counters.cache_hits;
    job.result = std::move(known);
    return true;
}

Result<MetadataAnswer> MetadataFinder::answer_of(std::string_view record) const {
    MetadataAnswer answer;
    if (record == must_build_record) {
        answer.outcome = MetadataAnswer::Outcome::must_build;
        return answer;
    }
    if (record.starts_with(invalid_prefix)) {
        answer.outcome = MetadataAnswer::Outcome::invalid;
        answer.reason = record.substr(invalid_prefix.size());
        return answer;
    }
    if (record.starts_with(foreign_prefix)) {
        answer.outcome = MetadataAnswer::Outcome::foreign;
        answer.reason = record.substr(foreign_prefix.size());
        return answer;
    }
    auto view = MetadataView::open(record);
    if (!view) {
        return fail(Error::Kind::input, "this record is of another format");
    }
    answer.metadata = *view;
    return answer;
}

void MetadataFinder::settle(Job& job, std::string record) {
    job.request = 0;
    job.result = answer_of(context_.metadata.put(job.key, std::move(record)));
    job.parts.reset();
}

void MetadataFinder::settle_error(Job& job, Error error) {
    job.request = 0;
    job.result.emplace(fail(std::move(error)));
    job.parts.reset();
}

// --- what it says -------------------------------------------------------------------------------

namespace {

/// "" when the metadata is of this file, else what disagrees.
std::string disagreement(const MetadataView& view, const DistributionFile& file) {
    if (!file.name.empty() && view.name() != file.name) {
        return "its metadata is that of \"" + printable(view.name()) + "\"";
    }
    if (file.version.empty() || view.version() == file.version) {
        return "";
    }
    auto expected = pep::Version::parse(file.version);
    auto told = pep::Version::parse(view.version());
    if (expected && told && *expected == *told) {
        return "";
    }
    return "its metadata is that of version " + printable(view.version());
}

} // namespace

void MetadataFinder::take_text(Job& job, std::string_view text) {
    if (job.file.kind == FileKind::sdist && !is_metadata_static(text)) {
        settle(job, std::string(must_build_record));
        return;
    }
    auto record = encode_metadata(text);
    if (!record) {
        settle(job, std::string(invalid_prefix) + printable(job.file.file_name) + ": " +
                        record.error().message);
        return;
    }
    std::string wrong = disagreement(*MetadataView::open(*record), job.file);
    settle(job, wrong.empty()
                    ? std::move(*record)
                    : std::string(foreign_prefix) + printable(job.file.file_name) + ": " + wrong);
}

Result<MetadataAnswer> MetadataFinder::put_built(FileId id, std::string_view metadata_text) {
    auto& job = jobs_[id];
    if (!job) {
        job = std::make_unique<Job>();
        job->id = id;
        job->key = cache_key(id);
    }
    DistributionFile known = file(id);
    std::string record = TRY_IN("what the build of " + printable(known.file_name) + " says",
                                encode_metadata(metadata_text));
    std::string wrong = disagreement(*MetadataView::open(record), known);
    if (!wrong.empty()) {
        return fail(Error::Kind::integrity, printable(known.file_name) + ": " + wrong);
    }
    settle(*job, std::move(record));
    return *job->result;
}

// --- where it is --------------------------------------------------------------------------------

std::string MetadataFinder::index_of(const Job& job) const {
    return job.file.index_url.empty() ? job.file.url->origin() : job.file.index_url;
}

MetadataFinder::Ability& MetadataFinder::ability(const Job& job) {
    auto [found, is_new] = abilities_.try_emplace(index_of(job));
    if (is_new) {
        auto record = context_.metadata.find("ability\n" + found->first).value_or("");
        int64_t age_s = context_.now_s() - load<int64_t>(record, 0);
        if (record.size() == 10 && age_s >= 0 && age_s < ability_s_max) {
            found->second.has_unannounced = record[8] == 'y'   ? Belief::yes
                                            : record[8] == 'n' ? Belief::no
                                                               : Belief::unknown;
            found->second.has_ranges = record[9] == 'n' ? Belief::no : Belief::unknown;
        }
    }
    return found->second;
}

/// Keeps what was learnt of an index.
void MetadataFinder::learn(const Job& job) {
    const Ability& known = ability(job);
    auto letter = [](Belief belief) {
        return belief == Belief::yes ? 'y' : belief == Belief::no ? 'n' : '?';
    };
    std::string record(8, '\0');
    store_number(record, 0, context_.now_s());
    record += letter(known.has_unannounced);
    record += letter(known.has_ranges);
    context_.metadata.put("ability\n" + index_of(job), std::move(record));
}

void MetadataFinder::start(Job& job) {
    job.file = file(job.id);
    std::string what = "the metadata of " + printable(job.file.file_name);
    if (!job.file.url) {
        settle_error(job, {Error::Kind::input, what + ": the file has no address"});
        return;
    }
    if (job.file.url->scheme() == "file") {
        auto path = job.file.url->local_path();
        if (path) {
            read_local(job, *path);
        } else {
            settle_error(job, std::move(path.error()));
        }
        return;
    }
    if (context_.options.offline) {
        settle_error(job, context_.offline_error(what));
        return;
    }
    if (job.file.has_metadata) {
        fetch_metadata_file(job, true);
    } else if (job.file.kind == FileKind::sdist) {
        fetch_whole(job);
    } else {
        fetch_unannounced(job);
    }
}

/// Tries the address that an announced `.metadata` file would have. While nobody knows whether the
/// index has such files only a few are asked for, and others wait for the answers.
void MetadataFinder::fetch_unannounced(Job& job) {
    Ability& index = ability(job);
    if (index.has_unannounced == Belief::no || job.file.index_url.empty()) {
        fetch_by_ranges(job);
    } else if (index.has_unannounced == Belief::yes) {
        fetch_metadata_file(job, false);
    } else if (index.tries_missed + index.tries_running < unannounced_tries_max) {
        ++index.tries_running;
        job.is_try = true;
        fetch_metadata_file(job, false);
    } else {
        index.waiting.push_back(&job);
    }
}

void MetadataFinder::on_unannounced(Job& job, bool is_there) {
    Ability& index = ability(job);
    if (job.is_try) {
        --index.tries_running;
        job.is_try = false;
    }
    if (index.has_unannounced != Belief::unknown) {
        return; // one file may lack what others have
    }
    index.tries_missed += is_there ? 0 : 1;
    if (is_there || index.tries_missed >= unannounced_tries_max) {
        index.has_unannounced = is_there ? Belief::yes : Belief::no;
        learn(job);
    }
    for (Job* waiting : std::exchange(index.waiting, {})) {
        fetch_unannounced(*waiting);
    }
}

void MetadataFinder::fetch_metadata_file(Job& job, bool is_announced) {
    const Url& url = *job.file.url;
    HttpRequest request{.url = url.with_path(std::string(url.path()) + ".metadata"),
                        .what = "the metadata of " + printable(job.file.file_name)};
    request.body_bytes_max = metadata_bytes_max;
    request.wait_ms_max = context_.options.network.page_wait_ms_max;
    job.request = context_.http.start(std::move(request),
                                      [this, &job, is_announced](Result<HttpResponse> response) {
                                          job.request = 0;
                                          on_metadata_file(job, is_announced, std::move(response));
                                      });
}

void MetadataFinder::on_metadata_file(Job& job, bool is_announced, Result<HttpResponse> response) {
    if (!response) {
        if (!is_announced) {
            on_unannounced(job, false);
        }
        settle_error(job, std::move(response.error()));
        return;
    }
    bool is_there = response->status == 200;
    if (is_there && job.file.metadata_hash) {
        std::string place = shown_url(response->url);
        auto checker = HashChecker::create(std::span(&*job.file.metadata_hash, 1));
        Result<> agrees = checker ? Result<>() : Result<>(fail(std::move(checker.error())));
        if (checker) {
            checker->update(response->body);
            agrees = checker->finish(job.file.file_name + ".metadata");
        }
        if (!agrees && !response->has_length() && ++job.cuts <= silent_cuts_max) {
            fetch_metadata_file(job, is_announced);
            return;
        }
        if (!agrees) {
            settle_error(job, std::move(agrees.error()).in(place));
            return;
        }
        take_text(job, response->body);
        return;
    }
    if (is_there && !encode_metadata(response->body)) {
        is_there = false; // a page that says "not found" with status 200
    }
    // Half a METADATA file looks like a whole one: without a hash or a length, the wheel itself is
    // asked, whose parts have sums.
    is_there = is_there && response->has_length();
    if (!is_announced) {
        on_unannounced(job, is_there);
    }
    if (is_there) {
        take_text(job, response->body);
    } else if (response->status == 401 || response->status == 429 || response->status >= 500) {
        settle_error(job,
                     status_error(*response, "the metadata of " + printable(job.file.file_name)));
    } else if (job.file.kind == FileKind::sdist) {
        fetch_whole(job);
    } else {
        fetch_by_ranges(job);
    }
}

void MetadataFinder::fetch_whole(Job& job) {
    auto scratch = context_.scratch_directory();
    if (!scratch) {
        settle_error(job, std::move(scratch.error()));
        return;
    }
    std::string path = fs::join(*scratch, fs::random_name());
    downloads_.start(job.file, path, [this, &job, path](Result<> result) {
        if (!result) {
            settle_error(job, std::move(result.error()));
            return;
        }
        context_.fetched_files.emplace(job.file.url->text_without_fragment(), path);
        read_local(job, path);
    });
}

} // namespace pawl::index
