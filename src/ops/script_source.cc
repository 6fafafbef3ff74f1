#include "ops/script_source.h"

#include <algorithm>

#include "archive/zip_reader.h"
#include "base/fs.h"
#include "base/sha256.h"
#include "base/text.h"

namespace pawl::ops {

namespace {

constexpr std::string_view main_name = "__main__.py";
constexpr std::string_view zip_signature = "PK\x03\x04";

/// The disk, with a trace of what was asked of it.
class TracedSources : public script::Sources {
  public:
    explicit TracedSources(std::shared_ptr<FileTrace> trace)
        : disk_(script::disk_sources()), trace_(std::move(trace)) {}

    Result<std::optional<std::string>> read(std::string_view path) override {
        std::optional<std::string> content = TRY(disk_->read(path));
        if (content) {
            trace_->reads.push_back({std::string(path), Sha256::hex_of(*content)});
        }
        return content;
    }
    bool is_file(std::string_view path) override { return traced(path, disk_->is_file(path)); }
    bool is_directory(std::string_view path) override {
        return traced(path, disk_->is_directory(path));
    }
    std::string behind_links(std::string_view path) override {
        std::string target = disk_->behind_links(path);
        if (target != path) {
            trace_->links.emplace_back(path);
        }
        return target;
    }

  private:
    bool traced(std::string_view path, bool is_there) {
        if (!is_there) {
            trace_->absent.emplace_back(path);
        }
        return is_there;
    }

    std::unique_ptr<script::Sources> disk_;
    std::shared_ptr<FileTrace> trace_;
};

/// The members of a zip, as files below the zip's own path. Python finds modules in it as in a
/// folder.
class ZipSources : public script::Sources {
  public:
    ZipSources(std::string path, fs::MappedFile file, archive::ZipReader reader)
        : prefix_(std::move(path) + "/"), file_(std::move(file)), reader_(std::move(reader)) {}

    Result<std::optional<std::string>> read(std::string_view path) override {
        const archive::ZipEntry* entry = entry_of(path);
        if (entry == nullptr || entry->is_directory) {
            return std::optional<std::string>();
        }
        return std::optional<std::string>(
            TRY_IN(printable(path), reader_.read(*entry, script_bytes_max)));
    }
    bool is_file(std::string_view path) override {
        const archive::ZipEntry* entry = entry_of(path);
        return entry != nullptr && !entry->is_directory;
    }
    bool is_directory(std::string_view path) override {
        if (!path.starts_with(prefix_)) {
            return false;
        }
        std::string below = std::string(path.substr(prefix_.size())) + "/";
        return std::ranges::any_of(reader_.entries(), [&below](const archive::ZipEntry& entry) {
            return entry.path.starts_with(below);
        });
    }

  private:
    const archive::ZipEntry* entry_of(std::string_view path) const {
        return path.starts_with(prefix_) ? reader_.find(path.substr(prefix_.size())) : nullptr;
    }

    std::string prefix_;
    fs::MappedFile file_;
    archive::ZipReader reader_;
};

/// What "#!/usr/bin/env python3" in front of an archive takes (zipapp writes such ones).
size_t shebang_bytes(std::string_view bytes) {
    constexpr size_t line_bytes_max = 4096;
    if (!bytes.starts_with("#!")) {
        return 0;
    }
    size_t end = bytes.substr(0, line_bytes_max).find('\n');
    return end == std::string_view::npos ? 0 : end + 1;
}

bool is_zip(std::string_view bytes) {
    return bytes.substr(shebang_bytes(bytes)).starts_with(zip_signature);
}

/// Places in the archive count from the file's first byte or from the one behind the shebang.
Result<archive::ZipReader> open_zip(std::string_view bytes) {
    size_t shebang = shebang_bytes(bytes);
    archive::Limits limits;
    limits.prefix_bytes = shebang;
    Result<archive::ZipReader> reader = archive::ZipReader::open(bytes, limits);
    if (!reader && shebang != 0) {
        Result<archive::ZipReader> moved = archive::ZipReader::open(bytes.substr(shebang));
        return moved ? std::move(moved) : std::move(reader);
    }
    return reader;
}

Result<> read_zip(ScriptState& script) {
    script.form = ScriptState::Form::zip;
    script.text_path = fs::join(script.path, main_name);
    fs::MappedFile file = TRY(fs::MappedFile::open(script.path));
    script.trace->reads.push_back({script.path, Sha256::hex_of(file.bytes())});
    archive::ZipReader reader = TRY_IN(printable(script.name), open_zip(file.bytes()));
    if (reader.find(main_name) == nullptr) {
        return fail(
            Error{Error::Kind::usage, printable(script.name) + " is an archive without __main__.py"}
                .hint("what runs an archive is a module __main__ at its top"));
    }
    script.sources = std::make_shared<ZipSources>(script.path, std::move(file), std::move(reader));
    script.bytes = TRY(script.sources->read(script.text_path)).value_or("");
    return {};
}

/// The bytes of the file give way to the code in them.
Result<> read_notebook(ScriptState& script) {
    script.form = ScriptState::Form::notebook;
    auto notebook = TRY(script::read_notebook(script.bytes, script.text_path));
    script.bytes = notebook.program;
    script.notebook = std::make_shared<const script::Notebook>(std::move(notebook));
    return {};
}

Result<> read_text(ScriptState& script) {
    script.bytes = TRY(fs::read(script.path, script_bytes_max));
    script.trace->reads.push_back({script.path, Sha256::hex_of(script.bytes)});
    return {};
}

Result<> read_folder(ScriptState& script) {
    script.form = ScriptState::Form::folder;
    script.directory = script.path;
    script.path = fs::join(script.path, main_name);
    script.text_path = script.path;
    if (!TRY(fs::stat(script.path))) {
        return fail(
            Error{Error::Kind::usage, printable(script.name) + " is a folder without __main__.py"}
                .hint("name the script in it, or give the folder a __main__.py"));
    }
    return read_text(script);
}

/// A regular file: a script, a zip or a notebook.
Result<> read_file(ScriptState& script) {
    script.directory = std::string(fs::parent(script.path));
    script.text_path = script.path;
    {
        fs::MappedFile file = TRY(fs::MappedFile::open(script.path));
        if (is_zip(file.bytes())) {
            return read_zip(script);
        }
    }
    TRY(read_text(script));
    return script::is_notebook_name(script.spelled) ? read_notebook(script) : Result<>();
}

void trace_disk(ScriptState& script) {
    script.trace = std::make_shared<FileTrace>();
    script.sources = std::make_shared<TracedSources>(script.trace);
}

void trace_link(ScriptState& script) {
    if (script.path != script.spelled) {
        script.trace->links.push_back(script.spelled);
    }
}

/// The file that `python -m module` runs, below the folder; "" when it is not there.
std::string module_file(std::string_view folder, std::string_view module, FileTrace& trace) {
    std::string stem = fs::join(folder, replace_all(module, ".", "/"));
    auto is_there = [&trace](const std::string& path) {
        bool found = fs::exists(path);
        if (!found) {
            trace.absent.push_back(path);
        }
        return found;
    };
    // A package goes before a module, and both before a folder that is neither.
    std::string package_main = fs::join(stem, main_name);
    if (!is_there(fs::join(stem, "__init__.py")) && is_there(stem + ".py")) {
        return stem + ".py";
    }
    return is_there(package_main) ? package_main : "";
}

bool is_module_name(std::string_view module) {
    for (std::string_view part : split(module, '.')) {
        bool is_name = !part.empty() && !is_digit(part[0]) && std::ranges::all_of(part, [](char c) {
            return is_alnum(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
        });
        if (!is_name) {
            return false;
        }
    }
    return true;
}

} // namespace

Result<ScriptState> script_at(std::string_view path) {
    ScriptState script;
    script.name = path;
    script.spelled = TRY(fs::absolute(path));
    auto found = TRY(fs::stat(script.spelled));
    if (!found) {
        return fail(Error::Kind::usage, "there is no script " + printable(path));
    }
    // Python finds a script's neighbours beside the file that a link leads to; so do we.
    script.path = TRY(fs::real_path(script.spelled));
    trace_disk(script);
    trace_link(script);
    if (found->type == fs::FileStat::Type::directory) {
        TRY(read_folder(script));
    } else if (found->type == fs::FileStat::Type::file) {
        TRY(read_file(script));
    } else {
        return fail(Error::Kind::usage, printable(path) + " is not a file");
    }
    return script;
}

Result<ScriptState> script_of_module(std::string_view module) {
    if (!is_module_name(module)) {
        return fail(
            Error{Error::Kind::usage, "-m takes a module's name, not \"" + printable(module) + "\""}
                .hint("a file is run without -m"));
    }
    ScriptState script;
    script.form = ScriptState::Form::module;
    script.name = "-m " + std::string(module);
    script.module = module;
    script.import_root = TRY(fs::current_directory());
    script.directory = script.import_root;
    script.text_path = script.name;
    trace_disk(script);
    script.spelled = module_file(script.import_root, module, *script.trace);
    if (!script.spelled.empty()) {
        script.path = TRY(fs::real_path(script.spelled));
        script.text_path = script.path;
        trace_link(script);
        TRY(read_text(script));
    }
    return script;
}

Result<ScriptState> script_of_text(std::string_view name, std::string bytes) {
    ScriptState script;
    script.form = ScriptState::Form::text;
    script.name = name;
    script.text_path = name;
    script.bytes = std::move(bytes);
    script.directory = TRY(fs::current_directory());
    trace_disk(script);
    return script;
}

Result<ScriptState> script_in_cache(std::string_view name, std::string_view path) {
    ScriptState script = TRY(script_at(path));
    script.name = name;
    script.path = "";
    script.directory = TRY(fs::current_directory());
    if (script.form == ScriptState::Form::file) {
        script.text_path = name;
    }
    return script;
}

Result<bool> rewrite_script(const ScriptState& script, std::string_view text) {
    const std::string& read = script.replaced_bytes ? *script.replaced_bytes : script.bytes;
    if (TRY(fs::read(script.path, script_bytes_max)) != read) {
        return fail(Error{Error::Kind::busy, printable(script.name) +
                                                 " was changed while pawl worked on it: it stays "
                                                 "as it is now"}
                        .hint("run the command again"));
    }
    return publish(script.path, text);
}

} // namespace pawl::ops
