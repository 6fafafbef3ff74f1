// What a stamp looks like, and what makes it safe to believe.
//
// A file is compared by device, inode, size and both times. That says nothing when the file was
// written in the same moment as the stamp (its times do not move again within one tick of the
// clock), so such a file is hashed each time until it is older than the stamp by a margin. The
// whole record carries its own SHA-256, since it is written without fsync: after a power cut it is
// whole or it is none. docs/formats has the fields.

#include "install/run_stamp.h"

#include <unistd.h>

#include <algorithm>

#include "base/clock.h"
#include "base/fs.h"
#include "base/sha256.h"
#include "base/text.h"
#include "install/fields.h"
#include "store/durability.h"

namespace pawl::install {

namespace {

constexpr std::string_view stamp_head = "pawl stamp 1";
constexpr uint64_t stamp_bytes_max = uint64_t{4} << 20;
constexpr uint64_t input_bytes_max = uint64_t{256} << 20;
constexpr size_t paths_max = 100'000;
/// File systems keep times to the clock's tick (up to 10 ms), FAT to two seconds.
constexpr int64_t settled_after_ns = 2'500'000'000;

/// A file as it was when its content was looked at.
struct Seen {
    std::string path;
    std::string stat; ///< one word a member; "" when it must be hashed each time
    std::string sha256;
};

struct Record {
    std::string options, executable, environment, note;
    Seen interpreter;
    std::vector<Seen> inputs;
    std::vector<std::string> absent;
};

std::string stat_words(const fs::FileStat& stat) {
    std::string words;
    for (uint64_t number : {stat.device, stat.inode, stat.size_bytes}) {
        words += std::to_string(number);
        words += ' ';
    }
    return words + std::to_string(stat.modified_ns) + " " + std::to_string(stat.changed_ns);
}

/// The words when they can be believed from now on, else "".
std::string settled_words(const fs::FileStat& stat) {
    int64_t now_ns = now().microseconds * 1000;
    int64_t newest_ns = std::max(stat.modified_ns, stat.changed_ns);
    return newest_ns + settled_after_ns < now_ns ? stat_words(stat) : std::string();
}

void append_seen(std::string& text, const Seen& seen) {
    append_field(text, seen.path);
    append_field(text, seen.stat);
    append_field(text, seen.sha256);
}

Seen take_seen(FieldReader& reader) {
    Seen seen;
    seen.path = reader.take();
    seen.stat = reader.take();
    seen.sha256 = reader.take();
    return seen;
}

std::string to_text(const Record& record) {
    std::string body;
    for (const std::string* field :
         {&record.options, &record.executable, &record.environment, &record.note}) {
        append_field(body, *field);
    }
    append_seen(body, record.interpreter);
    append_count(body, record.inputs.size());
    for (const Seen& input : record.inputs) {
        append_seen(body, input);
    }
    append_count(body, record.absent.size());
    for (const std::string& path : record.absent) {
        append_field(body, path);
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
    record.interpreter = take_seen(reader);
    for (size_t count = reader.take_count(paths_max); count > 0 && reader.is_good(); --count) {
        record.inputs.push_back(take_seen(reader));
    }
    for (size_t count = reader.take_count(paths_max); count > 0 && reader.is_good(); --count) {
        record.absent.emplace_back(reader.take());
    }
    return reader.is_at_end() ? std::optional(std::move(record)) : std::nullopt;
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

/// A record that we wrote ourselves: nobody else can have put it there.
std::optional<Record> read_record(const std::string& path, const StampKey& key) {
    Result<std::optional<fs::FileStat>> stat = fs::stat(path);
    if (!stat || !*stat || (*stat)->owner != ::geteuid() || ((*stat)->mode & 022) != 0) {
        return std::nullopt;
    }
    Result<std::string> text = fs::read(path, stamp_bytes_max);
    std::optional<Record> record = text ? from_text(*text) : std::nullopt;
    return record && record->options == key.options ? std::move(record) : std::nullopt;
}

/// Reads the input, and sees to it that what was read is what the answer was made from.
Result<Seen> look_at(const std::string& path, const std::string_view* expected) {
    std::optional<fs::FileStat> before = TRY(fs::stat(path));
    std::string content = TRY(fs::read(path, input_bytes_max));
    std::optional<fs::FileStat> after = TRY(fs::stat(path));
    if (!before || !after || stat_words(*before) != stat_words(*after) ||
        (expected != nullptr && *expected != content)) {
        return fail(Error::Kind::busy, printable(path) + " changed while it was looked at");
    }
    return Seen{path, settled_words(*after), Sha256::hex_of(content)};
}

} // namespace

std::optional<StampHit> check_stamp(std::string_view cache_directory, const StampKey& key) {
    std::optional<Record> record = read_record(stamp_path(cache_directory, key), key);
    if (!record) {
        return std::nullopt;
    }
    bool is_news = false;
    for (Seen& input : record->inputs) {
        Comparison outcome = compare(input);
        if (outcome == Comparison::different) {
            return std::nullopt;
        }
        is_news = is_news || outcome == Comparison::same_content;
    }
    for (const std::string& path : record->absent) {
        Result<std::optional<fs::FileStat>> stat = fs::lstat(path);
        if (!stat || *stat) {
            return std::nullopt;
        }
    }
    Result<std::optional<fs::FileStat>> interpreter = fs::stat(record->interpreter.path);
    if (!interpreter || !*interpreter || stat_words(**interpreter) != record->interpreter.stat) {
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

Result<> write_stamp(std::string_view cache_directory, const StampKey& key, const StampFacts& facts,
                     std::span<const std::string_view> contents) {
    Record record;
    record.options = key.options;
    record.executable = facts.executable;
    record.environment = facts.environment;
    record.note = facts.note;
    record.absent = facts.absent;
    for (size_t i = 0; i < facts.inputs.size(); ++i) {
        record.inputs.push_back(
            TRY(look_at(facts.inputs[i], i < contents.size() ? &contents[i] : nullptr)));
    }
    for (const std::string& path : facts.absent) {
        if (TRY(fs::lstat(path))) {
            return fail(Error::Kind::busy, printable(path) + " has appeared meanwhile");
        }
    }
    std::optional<fs::FileStat> interpreter = TRY(fs::stat(facts.interpreter));
    if (!interpreter) {
        return fail(Error::Kind::environment,
                    "the interpreter " + printable(facts.interpreter) + " is gone");
    }
    record.interpreter = Seen{facts.interpreter, stat_words(*interpreter), ""};
    return put_record(cache_directory, key, record);
}

} // namespace pawl::install
