// What a stamp looks like, and what makes it safe to believe.
//
// A file is compared by device, inode, size and both times. That says nothing when the file was
// written in the same moment as the stamp (its times do not move again within one tick of the
// clock), so such a file is hashed each time until it is older than the stamp by a margin. The
// whole record carries its own SHA-256, since it is written without fsync: after a power cut it is
// whole or it is none.
//
// What must not appear (a lock beside the script, a module that would be found before a package) is
// kept by folder: as long as a folder's own times stand still nothing has appeared in it, whatever
// the number of names. docs/formats/runs.md has the fields.

#include "install/run_stamp.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/clock.h"
#include "base/fs.h"
#include "base/sha256.h"
#include "base/text.h"
#include "install/fields.h"
#include "store/durability.h"

namespace pawl::install {

namespace {

constexpr std::string_view stamp_head = "pawl stamp 2";
constexpr uint64_t stamp_bytes_max = uint64_t{4} << 20;
constexpr uint64_t input_bytes_max = uint64_t{256} << 20;
constexpr size_t paths_max = 100'000;
/// File systems with fractions of a second keep times to the clock's tick (10 ms at most), others
/// to a second, FAT to two.
constexpr int64_t settled_after_ns = 25'000'000;
constexpr int64_t settled_after_coarse_ns = 2'500'000'000;
constexpr int64_t ns_a_second = 1'000'000'000;
/// More names than this in a folder that has changed: it is listed instead.
constexpr size_t names_looked_at_max = 6;

/// A file as it was when its content was looked at.
struct Seen {
    std::string path;
    std::string stat; ///< one word a member; "" when it must be hashed each time
    std::string sha256;
};

/// A folder in which these names must not be.
struct Folder {
    std::string path;
    std::string stat; ///< "" when its times cannot be believed yet
    std::set<std::string, std::less<>> names;
};

struct Record {
    std::string options, executable, environment, note;
    Seen interpreter;
    std::vector<Seen> inputs;
    std::vector<Seen> links; ///< `stat` is device and inode only
    std::vector<Folder> folders;
};

std::string stat_words(const fs::FileStat& stat) {
    std::string words;
    for (uint64_t number : {stat.device, stat.inode, stat.size_bytes}) {
        words += std::to_string(number);
        words += ' ';
    }
    return words + std::to_string(stat.modified_ns) + " " + std::to_string(stat.changed_ns);
}

std::string identity_words(const fs::FileStat& stat) {
    return std::to_string(stat.device) + " " + std::to_string(stat.inode);
}

/// The words when they can be believed from now on, else "".
std::string settled_words(const fs::FileStat& stat) {
    int64_t now_ns = now().microseconds * 1000;
    int64_t newest_ns = std::max(stat.modified_ns, stat.changed_ns);
    // The time of change is the kernel's own: with no fraction of a second, there are none here.
    bool is_coarse = stat.changed_ns % ns_a_second == 0;
    int64_t margin_ns = is_coarse ? settled_after_coarse_ns : settled_after_ns;
    return newest_ns + margin_ns < now_ns ? stat_words(stat) : std::string();
}

void append_seen(std::string& text, const std::vector<Seen>& list) {
    append_count(text, list.size());
    for (const Seen& seen : list) {
        append_field(text, seen.path);
        append_field(text, seen.stat);
        append_field(text, seen.sha256);
    }
}

std::vector<Seen> take_seen(FieldReader& reader) {
    std::vector<Seen> list;
    for (size_t count = reader.take_count(paths_max); count > 0 && reader.is_good(); --count) {
        Seen seen;
        seen.path = reader.take();
        seen.stat = reader.take();
        seen.sha256 = reader.take();
        list.push_back(std::move(seen));
    }
    return list;
}

std::string to_text(const Record& record) {
    std::string body;
    for (const std::string* field :
         {&record.options, &record.executable, &record.environment, &record.note}) {
        append_field(body, *field);
    }
    append_seen(body, {record.interpreter});
    append_seen(body, record.inputs);
    append_seen(body, record.links);
    append_count(body, record.folders.size());
    for (const Folder& folder : record.folders) {
        append_field(body, folder.path);
        append_field(body, folder.stat);
        append_count(body, folder.names.size());
        for (const std::string& name : folder.names) {
            append_field(body, name);
        }
    }
    return seal(stamp_head, body);
}

std::optional<Record> from_text(std::string_view text) {
    std::optional<std::string_view> body = unseal(stamp_head, text);
    if (!body) {
        return std::nullopt;
    }
    FieldReader reader(*body);
    Record record;
    record.options = reader.take();
    record.executable = reader.take();
    record.environment = reader.take();
    record.note = reader.take();
    std::vector<Seen> interpreters = take_seen(reader);
    record.inputs = take_seen(reader);
    record.links = take_seen(reader);
    for (size_t count = reader.take_count(paths_max); count > 0 && reader.is_good(); --count) {
        Folder folder;
        folder.path = reader.take();
        folder.stat = reader.take();
        for (size_t names = reader.take_count(paths_max); names > 0 && reader.is_good(); --names) {
            folder.names.emplace(reader.take());
        }
        record.folders.push_back(std::move(folder));
    }
    if (!reader.is_at_end() || interpreters.size() != 1) {
        return std::nullopt;
    }
    record.interpreter = std::move(interpreters[0]);
    return record;
}

std::string stamp_path(std::string_view cache_directory, const StampKey& key) {
    std::string text;
    append_field(text, key.script);
    append_field(text, key.options);
    return fs::join(cache_directory, "runs/" + Sha256::hex_of(text).substr(0, 40));
}

/// Without fsync: what a power cut may do to it, the hash in the first line finds.
Result<> put_record(std::string_view cache_directory, const StampKey& key, const Record& record) {
    std::string path = stamp_path(cache_directory, key);
    std::string aside = fs::join(cache_directory, "tmp/stamp-" + fs::random_name());
    std::string text = to_text(record);
    Result<> written = fs::write_new(aside, text, 0600);
    if (!written) {
        TRY(fs::make_directories(fs::parent(aside), 0700));
        TRY(fs::write_new(aside, text, 0600));
    }
    Result<> renamed = fs::rename(aside, path);
    if (!renamed && fs::make_directories(fs::parent(path), 0700)) {
        renamed = fs::rename(aside, path);
    }
    if (!renamed) {
        static_cast<void>(fs::remove_file(aside));
    }
    return renamed;
}

enum class Comparison : unsigned char { same, same_content, different };

/// Whether an input is as it was; brings `seen` up to date when only its times are not.
Comparison compare(Seen& seen) {
    Result<std::optional<fs::FileStat>> stat = fs::stat(seen.path);
    if (!stat || !*stat || (*stat)->type != fs::FileStat::Type::file) {
        return Comparison::different;
    }
    if (!seen.stat.empty() && stat_words(**stat) == seen.stat) {
        return Comparison::same;
    }
    Result<std::string> content = fs::read(seen.path, input_bytes_max);
    if (!content || Sha256::hex_of(*content) != seen.sha256) {
        return Comparison::different;
    }
    std::string words = settled_words(**stat);
    bool is_news = words != seen.stat;
    seen.stat = std::move(words);
    return is_news ? Comparison::same_content : Comparison::same;
}

bool is_absent(const std::string& path) {
    Result<std::optional<fs::FileStat>> stat = fs::lstat(path);
    return stat && !*stat;
}

/// Whether none of the names has appeared; brings `folder.stat` up to date. That it has changed is
/// no news: who writes into his own folder would have the stamp written every time. That its times
/// can be believed now is.
bool is_without(Folder& folder, bool& is_news) {
    auto is_absent_here = [&folder](const std::string& name) {
        return is_absent(fs::join(folder.path, name));
    };
    if (folder.names.size() == 1) {
        return is_absent_here(*folder.names.begin());
    }
    Result<std::optional<fs::FileStat>> stat = fs::stat(folder.path);
    if (!stat || !*stat) {
        return false;
    }
    if (!folder.stat.empty() && stat_words(**stat) == folder.stat) {
        return true;
    }
    bool was_young = folder.stat.empty();
    folder.stat = settled_words(**stat);
    is_news = is_news || (was_young && !folder.stat.empty());
    if (folder.names.size() <= names_looked_at_max) {
        return std::ranges::all_of(folder.names, is_absent_here);
    }
    Result<std::vector<fs::DirectoryEntry>> entries = fs::list(folder.path);
    return entries && std::ranges::none_of(*entries, [&folder](const fs::DirectoryEntry& entry) {
               return folder.names.contains(entry.name);
           });
}

/// Our own small file, when nobody else can have put it there.
std::optional<std::string> read_own(const std::string& path) {
    Result<fs::Fd> file = fs::open_read(path);
    struct ::stat found {};
    if (!file || ::fstat(file->get(), &found) != 0 || found.st_uid != ::getauxval(AT_EUID) ||
        (found.st_mode & 022) != 0 || !S_ISREG(found.st_mode) ||
        static_cast<uint64_t>(found.st_size) > stamp_bytes_max) {
        return std::nullopt;
    }
    std::string text(static_cast<size_t>(found.st_size), '\0');
    ssize_t got = ::read(file->get(), text.data(), text.size());
    return got == found.st_size ? std::optional(std::move(text)) : std::nullopt;
}

std::optional<Record> read_record(const std::string& path, const StampKey& key) {
    std::optional<std::string> text = read_own(path);
    std::optional<Record> record = text ? from_text(*text) : std::nullopt;
    return record && record->options == key.options ? std::move(record) : std::nullopt;
}

/// Reads the input, and sees to it that what was read is what the answer was made from.
Result<Seen> look_at(const StampInput& input) {
    std::optional<fs::FileStat> before = TRY(fs::stat(input.path));
    std::string content = TRY(fs::read(input.path, input_bytes_max));
    std::optional<fs::FileStat> after = TRY(fs::stat(input.path));
    std::string sha256 = Sha256::hex_of(content);
    if (!before || !after || stat_words(*before) != stat_words(*after) ||
        (!input.sha256.empty() && input.sha256 != sha256)) {
        return fail(Error::Kind::busy, printable(input.path) + " changed while it was looked at");
    }
    return Seen{input.path, settled_words(*after), std::move(sha256)};
}

Result<Seen> look_at_link(const std::string& path) {
    std::optional<fs::FileStat> stat = TRY(fs::stat(path));
    if (!stat) {
        return fail(Error::Kind::busy, printable(path) + " is gone");
    }
    return Seen{path, identity_words(*stat), ""};
}

/// The paths by the folder that is there and in which they, or the folder above them, would appear.
Result<std::vector<Folder>> folders_of(const std::vector<std::string>& absent) {
    std::map<std::string, Folder> folders;
    for (const std::string& path : absent) {
        if (TRY(fs::lstat(path))) {
            return fail(Error::Kind::busy, printable(path) + " has appeared meanwhile");
        }
        std::string missing = path;
        while (fs::parent(missing) != missing && !TRY(fs::stat(fs::parent(missing)))) {
            missing = std::string(fs::parent(missing));
        }
        Folder& folder = folders[std::string(fs::parent(missing))];
        folder.names.emplace(fs::base_name(missing));
    }
    std::vector<Folder> list;
    for (auto& [path, folder] : folders) {
        // Its times first, then once more what is in it: so nothing slips in between.
        std::optional<fs::FileStat> stat = TRY(fs::stat(path));
        folder.path = path;
        folder.stat = stat ? settled_words(*stat) : std::string();
        for (const std::string& name : folder.names) {
            if (!is_absent(fs::join(path, name))) {
                return fail(Error::Kind::busy, printable(fs::join(path, name)) + " has appeared");
            }
        }
        list.push_back(std::move(folder));
    }
    return list;
}

/// What the record was made from is as it was; `is_news` when the record can be brought up to date.
bool holds(Record& record, bool& is_news) {
    for (Seen& input : record.inputs) {
        Comparison outcome = compare(input);
        if (outcome == Comparison::different) {
            return false;
        }
        is_news = is_news || outcome == Comparison::same_content;
    }
    for (const Seen& link : record.links) {
        Result<std::optional<fs::FileStat>> stat = fs::stat(link.path);
        if (!stat || !*stat || identity_words(**stat) != link.stat) {
            return false;
        }
    }
    for (Folder& folder : record.folders) {
        if (!is_without(folder, is_news)) {
            return false;
        }
    }
    Result<std::optional<fs::FileStat>> interpreter = fs::stat(record.interpreter.path);
    return interpreter && *interpreter && stat_words(**interpreter) == record.interpreter.stat;
}

} // namespace

std::optional<StampHit> check_stamp(std::string_view cache_directory, const StampKey& key) {
    std::optional<Record> record = read_record(stamp_path(cache_directory, key), key);
    bool is_news = false;
    if (!record || !holds(*record, is_news)) {
        return std::nullopt;
    }
    Result<std::optional<store::Lease>> lease = store::Lease::acquire(record->environment);
    if (!lease || !*lease || store::survival_of((*lease)->state()) != store::Survival::sound ||
        !(*lease)->keep_over_exec()) {
        return std::nullopt;
    }
    if (is_news) {
        static_cast<void>(put_record(cache_directory, key, *record));
    }
    return StampHit{.executable = std::move(record->executable),
                    .environment = std::move(record->environment),
                    .note = std::move(record->note),
                    .lease = std::move(**lease),
                    .refreshed = is_news};
}

std::string stamped_environment(std::string_view cache_directory, const StampKey& key) {
    std::optional<Record> record = read_record(stamp_path(cache_directory, key), key);
    return record ? std::move(record->environment) : std::string();
}

Result<> write_stamp(std::string_view cache_directory, const StampKey& key,
                     const StampFacts& facts) {
    Record record;
    record.options = key.options;
    record.executable = facts.executable;
    record.environment = facts.environment;
    record.note = facts.note;
    for (const StampInput& input : facts.inputs) {
        record.inputs.push_back(TRY(look_at(input)));
    }
    for (const std::string& link : facts.links) {
        record.links.push_back(TRY(look_at_link(link)));
    }
    record.folders = TRY(folders_of(facts.absent));
    std::optional<fs::FileStat> interpreter = TRY(fs::stat(facts.interpreter));
    if (!interpreter) {
        return fail(Error::Kind::environment,
                    "the interpreter " + printable(facts.interpreter) + " is gone");
    }
    record.interpreter = Seen{facts.interpreter, stat_words(*interpreter), ""};
    return put_record(cache_directory, key, record);
}

} // namespace pawl::install
