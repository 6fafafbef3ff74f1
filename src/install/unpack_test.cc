#include "install/unpack.h"

#include <csignal>
#include <map>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "archive/zip_writer.h"
#include "base/sha256.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "store/upkeep.h"
#include "text/json.h"

namespace pawl::install {
namespace {

/// URL-safe base64 without padding.
std::string base64(const Sha256::Digest& digest) {
    constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string text;
    uint32_t bits = 0;
    unsigned held = 0;
    for (unsigned char byte : digest) {
        bits = (bits << 8) | byte;
        for (held += 8; held >= 6; held -= 6) {
            text.push_back(letters[(bits >> (held - 6)) & 63]);
        }
    }
    return held == 0 ? text : text + letters[(bits << (6 - held)) & 63];
}

/// A wheel to be bent: every file can be replaced, added or left out.
struct Wheel {
    std::string file_name = "demo-1.0-py3-none-any.whl";
    std::string info = "demo-1.0.dist-info/";
    std::map<std::string, std::string> files = {
        {"demo/__init__.py", "x = 1\n"},
        {info + "METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"},
        {info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"},
    };
    std::map<std::string, std::string> rows; ///< "path" → the rest of its row, instead of the truth
    std::string more_rows;
    std::optional<std::string> record;

    std::string bytes() const {
        archive::ZipWriter writer;
        std::string all;
        for (const auto& [path, content] : files) {
            bool program = path.find(".data/scripts/") != std::string::npos;
            EXPECT_TRUE(writer.add(path, content, {.is_executable = program})) << path;
            auto row = rows.find(path);
            all += path + (row != rows.end() ? row->second
                                             : ",sha256=" + base64(Sha256::of(content)) + "," +
                                                   std::to_string(content.size()));
            all += "\n";
        }
        std::string name = info + "RECORD";
        EXPECT_TRUE(writer.add(name, record.value_or(all + more_rows + name + ",,\n")));
        return writer.finish();
    }
};

struct Bend {
    const char* what;
    std::function<void(Wheel&)> bend;
    const char* message; ///< a part of the error; "" when it is accepted
    Error::Kind kind = Error::Kind::refused;
};

class UnpackTest : public testing::Test {
  protected:
    UnpackTest()
        : directory(*fs::TemporaryDirectory::create("/tmp", "unpack-")),
          store(*store::Store::open(directory.path() + "/cache")) {}

    Result<store::WheelEntry> unpack_bytes(const std::string& bytes, const std::string& file_name,
                                           const UnpackOptions& options = {},
                                           std::vector<Hash> hashes = {}) {
        std::string path = directory.path() + "/" + file_name;
        TRY(fs::write_atomic(path, bytes));
        return unpack_wheel(
            store,
            {.path = path, .file_name = file_name, .hashes = hashes, .size_bytes = std::nullopt},
            options);
    }
    Result<store::WheelEntry> unpack(const Wheel& wheel, const UnpackOptions& options = {}) {
        return unpack_bytes(wheel.bytes(), wheel.file_name, options);
    }
    /// Nothing may be left of a wheel that was refused.
    void expect_nothing_left() {
        for (const char* name : {"wheels", "tmp"}) {
            std::string path = store.path(name);
            EXPECT_TRUE(!fs::is_directory(path) || fs::list(path)->empty()) << name;
        }
    }

    /// Each wheel is judged as its row says, and nothing is left of those that are refused.
    void judge(const std::vector<Bend>& bends) {
        for (const Bend& b : bends) {
            SCOPED_TRACE(b.what);
            Wheel wheel;
            b.bend(wheel);
            Result<store::WheelEntry> entry = unpack(wheel);
            if (std::string_view(b.message).empty()) {
                EXPECT_TRUE(entry) << entry.error().message;
                ASSERT_TRUE(store::clean(store));
                continue;
            }
            ASSERT_FALSE(entry);
            EXPECT_NE(entry.error().message.find(b.message), std::string::npos)
                << entry.error().message;
            EXPECT_EQ(entry.error().kind, b.kind);
            EXPECT_EQ(entry.error().message.find(wheel.file_name), 0U) << entry.error().message;
            expect_nothing_left();
        }
    }

    fs::TemporaryDirectory directory;
    store::Store store;
};

bool warns_of(const store::WheelEntry& entry, std::string_view part) {
    for (const std::string& warning : entry.manifest.warnings) {
        if (warning.find(part) != std::string::npos) {
            return true;
        }
    }
    return false;
}

TEST_F(UnpackTest, a_wheel_lands_whole_in_the_store) {
    Wheel wheel;
    wheel.files["demo/lib.cpython-311-x86_64-linux-gnu.so"] = std::string(9'000'000, 'n');
    wheel.files["demo-1.0.data/scripts/demo-tool"] = "#!python\n";
    wheel.files["demo-1.0.data/purelib/extra.py"] = "";
    wheel.files[wheel.info + "entry_points.txt"] = "[console_scripts]\ndemo = demo:main\n";
    Result<store::WheelEntry> entry = unpack(wheel);
    ASSERT_TRUE(entry) << entry.error().message;
    const store::WheelManifest& manifest = entry->manifest;
    EXPECT_EQ(manifest.name, "demo");
    EXPECT_EQ(manifest.version, "1.0");
    EXPECT_EQ(manifest.data_directory, "demo-1.0.data");
    EXPECT_TRUE(manifest.is_self_contained && manifest.root_is_purelib && manifest.has_native &&
                manifest.has_entry_points);
    EXPECT_FALSE(manifest.has_pth);
    EXPECT_EQ(manifest.top_level, (std::vector<std::string>{"demo/", "extra.py"}));
    EXPECT_EQ(manifest.warnings, std::vector<std::string>());
    ASSERT_EQ(manifest.own_files.size(), 2u) << "the wheel's RECORD is not taken over";
    EXPECT_EQ(manifest.find(wheel.info + "RECORD"), &manifest.own_files[1]);
    EXPECT_EQ(*fs::read(entry->files() + "/" + wheel.info + "INSTALLER"), "pawl\n");
    std::string record = *fs::read(entry->files() + "/" + wheel.info + "RECORD");
    for (std::string_view line : {"extra.py,sha256=", "\n../../../bin/demo-tool,,\n",
                                  "\n../../../bin/demo,,\n", "/INSTALLER,sha256=", "/RECORD,,\n"}) {
        EXPECT_NE(record.find(line), std::string::npos) << line << record;
    }
    ASSERT_NE(manifest.find("demo-1.0.data/scripts/demo-tool"), nullptr);
    EXPECT_TRUE(manifest.find("demo-1.0.data/scripts/demo-tool")->is_executable);
    EXPECT_TRUE(store::verify_wheel(*entry));
    EXPECT_EQ(*fs::read(entry->files() + "/demo/__init__.py"), "x = 1\n");
    EXPECT_EQ(fs::list(store.path("tmp"))->size(), 0U);
}

TEST_F(UnpackTest, hashes_and_size_come_before_everything) {
    std::string bytes = Wheel().bytes();
    std::string good = Sha256::hex_of(bytes);
    std::string bad(64, '0');
    struct {
        const char* what;
        std::vector<Hash> hashes;
        bool accepted;
    } cases[] = {
        {"none said", {}, true},
        {"right", {{"sha256", good}}, true},
        {"wrong", {{"sha256", bad}}, false},
        {"right and wrong", {{"sha256", good}, {"sha512", bad + bad}}, false},
        {"right twice over", {{"sha256", good}, {"sha512", digest_hex("sha512", bytes)}}, true},
        {"only weak", {{"md5", digest_hex("md5", bytes)}}, false},
        {"only unknown", {{"sha999", good}}, false},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.what);
        Result<store::WheelEntry> entry =
            unpack_bytes(bytes, "demo-1.0-py3-none-any.whl", {}, c.hashes);
        EXPECT_EQ(entry.has_value(), c.accepted);
        if (!entry) {
            EXPECT_EQ(entry.error().kind, Error::Kind::integrity) << entry.error().message;
        }
    }
    std::string path = directory.path() + "/demo-1.0-py3-none-any.whl";
    WheelSource source{.path = path,
                       .file_name = "demo-1.0-py3-none-any.whl",
                       .hashes = {},
                       .size_bytes = bytes.size() + 1};
    EXPECT_FALSE(unpack_wheel(store, source));
    source.size_bytes = bytes.size();
    EXPECT_TRUE(unpack_wheel(store, source));
}

TEST_F(UnpackTest, names_and_formats_must_agree) {
    using Kind = Error::Kind;
    std::vector<Bend> bends = {
        {"name of the file", [](Wheel& w) { w.file_name = "other-1.0-py3-none-any.whl"; },
         "does not belong", Kind::integrity},
        {"version of the file", [](Wheel& w) { w.file_name = "demo-2.0-py3-none-any.whl"; },
         "does not belong", Kind::integrity},
        {"another spelling", [](Wheel& w) { w.file_name = "Demo-1.0.0-py3-none-any.whl"; }, ""},
        {"metadata's name",
         [](Wheel& w) {
             w.files[w.info + "METADATA"] = "Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n";
         },
         "not of what the file name says", Kind::integrity},
        {"two names",
         [](Wheel& w) {
             w.files[w.info + "METADATA"] =
                 "Metadata-Version: 2.1\nName: demo\nName: evil\nVersion: 1.0\n";
         },
         "more than one name", Kind::input},
        {"version 3 of metadata",
         [](Wheel& w) {
             w.files[w.info + "METADATA"] = "Metadata-Version: 3.0\nName: demo\nVersion: 1.0\n";
         },
         "unknown version", Kind::input},
        {"CR that ends the headers for some",
         [](Wheel& w) {
             w.files[w.info + "METADATA"] =
                 "Metadata-Version: 2.1\r\nName: demo\r\nVersion: 1.0\r\r\nX: y\r\n";
         },
         "lone CR"},
        {"CR that changes nothing",
         [](Wheel& w) { w.files[w.info + "METADATA"] += "Author: a\rb\n\nbody\r\r\n"; }, ""},
        {"200,000 fields",
         [](Wheel& w) {
             std::string& text = w.files[w.info + "METADATA"];
             for (int i = 0; i < 60'000; ++i) {
                 text += "Requires-Dist: a\n";
             }
         },
         "50,000 fields"},
        {"no metadata", [](Wheel& w) { w.files.erase(w.info + "METADATA"); }, "METADATA is missing",
         Kind::input},
        {"no WHEEL", [](Wheel& w) { w.files.erase(w.info + "WHEEL"); }, "WHEEL is missing",
         Kind::input},
        {"WHEEL 2.0", [](Wheel& w) { w.files[w.info + "WHEEL"] = "Wheel-Version: 2.0\n"; },
         "version 1", Kind::input},
    };
    judge(bends);
}

TEST_F(UnpackTest, where_a_wheel_may_not_write) {
    const std::string data = "demo-1.0.data/";
    std::vector<Bend> bends = {
        {"two dist-infos", [](Wheel& w) { w.files["other-1.0.dist-info/METADATA"] = ""; }, "two"},
        {"two, by case", [](Wheel& w) { w.files["x.DIST-INFO/y"] = ""; }, "two"},
        {"data of another wheel", [](Wheel& w) { w.files["other-1.0.data/scripts/x"] = ""; },
         "another wheel"},
        {"unknown scheme", [&](Wheel& w) { w.files[data + "lib/x"] = ""; }, "scheme"},
        {"file instead of a scheme", [&](Wheel& w) { w.files[data + "scripts"] = ""; },
         "where a scheme"},
        {"interpreter", [&](Wheel& w) { w.files[data + "scripts/python3"] = ""; },
         "belongs to the environment"},
        {"interpreter by data", [&](Wheel& w) { w.files[data + "data/bin/python"] = ""; },
         "belongs to the environment"},
        {"by case", [&](Wheel& w) { w.files[data + "data/BIN/Python3.11"] = ""; },
         "belongs to the environment"},
        {"a directory in its way", [&](Wheel& w) { w.files[data + "scripts/python/x"] = ""; },
         "belongs to the environment"},
        {"activate", [&](Wheel& w) { w.files[data + "scripts/activate"] = ""; },
         "belongs to the environment"},
        {"pyvenv.cfg", [&](Wheel& w) { w.files[data + "data/pyvenv.cfg"] = ""; },
         "belongs to the environment"},
        {"bin as a file", [&](Wheel& w) { w.files[data + "data/bin"] = ""; },
         "belongs to the environment"},
        {"our own state", [&](Wheel& w) { w.files[data + "data/.pawl-state"] = ""; },
         "belongs to the environment"},
        {"pip", [&](Wheel& w) { w.files[data + "scripts/pip3"] = ""; }, "belongs to the"},
        {"two files for one place",
         [&](Wheel& w) { w.files[data + "purelib/demo/__init__.py"] = ""; }, "is there twice"},
        {"two by case", [&](Wheel& w) { w.files[data + "platlib/Demo/__INIT__.py"] = ""; },
         "but for case"},
        {"metadata by case", [](Wheel& w) { w.files[w.info + "Metadata"] = ""; }, "but for case"},
        {"two scripts for one place",
         [&](Wheel& w) {
             w.files[data + "scripts/x"] = "";
             w.files[data + "data/bin/x"] = "";
         },
         "is there twice"},
        {"entry point and a file by data",
         [&](Wheel& w) {
             w.files[data + "data/bin/x"] = "";
             w.files[w.info + "entry_points.txt"] = "[console_scripts]\nx = demo:main\n";
         },
         "is there twice"},
        {"entry point for the interpreter",
         [](Wheel& w) {
             w.files[w.info + "entry_points.txt"] = "[gui_scripts]\npythonw = demo:main\n";
         },
         "belongs to the environment"},
        {"entry point that climbs",
         [](Wheel& w) {
             w.files[w.info + "entry_points.txt"] = "[console_scripts]\n../x = demo:main\n";
         },
         "cannot be called"},
    };
    judge(bends);
}

TEST_F(UnpackTest, record_is_held_against_every_file) {
    using Kind = Error::Kind;
    const std::string path = "demo/__init__.py";
    std::string right = base64(Sha256::of("x = 1\n"));
    std::vector<Bend> bends = {
        {"wrong hash",
         [&](Wheel& w) { w.rows[path] = ",sha256=" + base64(Sha256::of("other")) + ",6"; },
         "another hash", Kind::integrity},
        {"wrong size", [&](Wheel& w) { w.rows[path] = ",sha256=" + right + ",7"; }, "another size",
         Kind::integrity},
        {"no size", [&](Wheel& w) { w.rows[path] = ",sha256=" + right + ","; }, ""},
        {"padded hash", [&](Wheel& w) { w.rows[path] = ",sha256=" + right + "=,6"; }, ""},
        {"negative size", [&](Wheel& w) { w.rows[path] = ",sha256=" + right + ",-6"; }, "no number",
         Kind::input},
        {"cut hash", [&](Wheel& w) { w.rows[path] = ",sha256=" + right.substr(2) + ",6"; },
         "wrong form", Kind::input},
        {"unknown hash", [&](Wheel& w) { w.rows[path] = ",sha999=abc,6"; }, "nobody can check",
         Kind::input},
        {"weak hash", [&](Wheel& w) { w.rows[path] = ",md5=abc,6"; }, "weak", Kind::integrity},
        {"two fields", [&](Wheel& w) { w.rows[path] = ",sha256=" + right; }, "three fields",
         Kind::input},
        {"a second, different row", [&](Wheel& w) { w.more_rows = path + ",,3\n"; }, "twice",
         Kind::input},
        {"open quote", [](Wheel& w) { w.record = "\"demo,,\n"; }, "RECORD", Kind::input},
        {"not UTF-8", [](Wheel& w) { w.record = "\xff,,\n"; }, "UTF-8", Kind::input},
    };
    judge(bends);
}

TEST_F(UnpackTest, what_is_only_odd_is_warned_about) {
    std::vector<Bend> bends = {
        {"not listed", [](Wheel& w) { w.record = w.info + "RECORD,,\n"; }, "does not list"},
        {"not there", [](Wheel& w) { w.more_rows = "gone.py,,\n"; }, "which is not there"},
        {"outside", [](Wheel& w) { w.more_rows = "../../x,,\n"; }, "can be no file"},
        {"absolute", [](Wheel& w) { w.more_rows = "/etc/passwd,,\n"; }, "can be no file"},
        {"by case", [](Wheel& w) { w.files["demo/__Init__.py"] = ""; }, "by case only"},
        {"script and entry point",
         [](Wheel& w) {
             w.files["demo-1.0.data/scripts/x"] = "";
             w.files[w.info + "entry_points.txt"] = "[console_scripts]\nx = demo:main\n";
         },
         "left out"},
        {"hash of itself",
         [](Wheel& w) {
             w.more_rows = w.info + "RECORD,sha256=" + base64({}) + ",5\n";
             w.record = w.more_rows;
         },
         "hash of itself"},
        {"no hash", [](Wheel& w) { w.rows["demo/__init__.py"] = ",,"; }, "no hash"},
        {"newer WHEEL",
         [](Wheel& w) { w.files[w.info + "WHEEL"] = "Wheel-Version: 1.9\nTag: py3-none-any\n"; },
         "newer than"},
        {"other tags",
         [](Wheel& w) { w.files[w.info + "WHEEL"] = "Wheel-Version: 1.0\nTag: cp39-cp39-win32\n"; },
         "tags"},
        {"sitecustomize", [](Wheel& w) { w.files["sitecustomize.py"] = ""; }, "runs by itself"},
        {"pth", [](Wheel& w) { w.files["demo-1.0.data/platlib/x.pth"] = ""; }, "runs by itself"},
    };
    for (const Bend& b : bends) {
        SCOPED_TRACE(b.what);
        Wheel wheel;
        b.bend(wheel);
        Result<store::WheelEntry> entry = unpack(wheel);
        ASSERT_TRUE(entry) << entry.error().message;
        EXPECT_TRUE(warns_of(*entry, b.message)) << join(entry->manifest.warnings, "\n");
        ASSERT_TRUE(store::clean(store));
    }
}

TEST_F(UnpackTest, options_soften_and_harden_record) {
    Wheel wrong;
    wrong.rows["demo/__init__.py"] = ",sha256=" + base64(Sha256::of("other")) + ",6";
    Result<store::WheelEntry> entry = unpack(wrong, {.allow_record_mismatch = true});
    ASSERT_TRUE(entry) << entry.error().message;
    EXPECT_TRUE(warns_of(*entry, "another hash"));
    Wheel unlisted;
    unlisted.record = unlisted.info + "RECORD,,\n";
    EXPECT_FALSE(unpack(unlisted, {.strict_record = true}));
    EXPECT_TRUE(unpack(unlisted));
}

TEST_F(UnpackTest, files_of_the_installer_and_stale_bytecode_stay_behind) {
    Wheel wheel;
    for (const char* name : {"INSTALLER", "REQUESTED", "direct_url.json", "RECORD.jws"}) {
        wheel.files[wheel.info + name] = "spoofed";
    }
    wheel.files["demo/__pycache__/__init__.cpython-311.pyc"] = "stale";
    wheel.files["demo/__pycache__/sourceless.cpython-311.pyc"] = "kept";
    wheel.files["demo/old.pyc"] = "kept";
    Result<store::WheelEntry> entry = unpack(wheel);
    ASSERT_TRUE(entry) << entry.error().message;
    std::vector<std::string> paths;
    for (const store::WheelFile& file : entry->manifest.files) {
        paths.push_back(file.path);
    }
    EXPECT_EQ(paths, (std::vector<std::string>{"demo-1.0.dist-info/METADATA",
                                               "demo-1.0.dist-info/WHEEL", "demo/__init__.py",
                                               "demo/__pycache__/sourceless.cpython-311.pyc",
                                               "demo/old.pyc"}));
    EXPECT_TRUE(store::verify_wheel(*entry));
}

TEST_F(UnpackTest, the_same_bytes_under_another_projects_name_are_refused) {
    std::string bytes = Wheel().bytes();
    ASSERT_TRUE(unpack_bytes(bytes, "demo-1.0-py3-none-any.whl"));
    Result<store::WheelEntry> entry = unpack_bytes(bytes, "other-1.0-py3-none-any.whl");
    ASSERT_FALSE(entry);
    EXPECT_EQ(entry.error().kind, Error::Kind::integrity);
}

TEST_F(UnpackTest, killed_while_unpacking_leaves_a_whole_wheel_or_none) {
    Wheel wheel;
    for (int i = 0; i < 60; ++i) {
        wheel.files["demo/f" + std::to_string(i)] = std::string(30'000, static_cast<char>(i));
    }
    std::string bytes = wheel.bytes();
    std::string sha256 = Sha256::hex_of(bytes);
    int whole = 0;
    constexpr int rounds = 60;
    for (int round = 0; round < rounds; ++round) {
        SCOPED_TRACE(round);
        pid_t child = ::fork();
        if (child == 0) {
            ::_exit(unpack_bytes(bytes, wheel.file_name) ? 0 : 1);
        }
        ::usleep(static_cast<useconds_t>(round * round * 10));
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        std::optional<store::WheelEntry> entry = *store::find_wheel(store, sha256);
        if (entry) {
            ++whole;
            Result<> verified = store::verify_wheel(*entry);
            EXPECT_TRUE(verified) << verified.error().message;
            ASSERT_TRUE(store.discard(entry->directory));
        }
    }
    EXPECT_LT(whole, rounds);
    ASSERT_TRUE(store::clean(store));
    expect_nothing_left();
    EXPECT_TRUE(unpack_bytes(bytes, wheel.file_name));
}

TEST_F(UnpackTest, many_processes_unpack_one_wheel) {
    std::string bytes = Wheel().bytes();
    std::vector<pid_t> children;
    for (int i = 0; i < 8; ++i) {
        pid_t child = ::fork();
        if (child == 0) {
            Result<store::WheelEntry> entry = unpack_bytes(bytes, "demo-1.0-py3-none-any.whl");
            ::_exit(entry && store::verify_wheel(*entry) ? 0 : 1);
        }
        children.push_back(child);
    }
    for (pid_t child : children) {
        int status = 0;
        ::waitpid(child, &status, 0);
        EXPECT_EQ(status, 0);
    }
    EXPECT_EQ(fs::list(store.path("wheels"))->size(), 1U);
}

/// Cases whose danger shows only where other things are known: another package's files, the
/// interpreter's tags, the launcher that is written.
bool is_decided_later(std::string_view id) {
    return id == "P03" || id == "F04" || id == "C12";
}

std::string shared_directory() {
    std::optional<std::string> named = environment_variable("PAWL_SHARED");
    return named ? *named : fs::join(PAWL_SOURCE_DIR, "../shared");
}

TEST_F(UnpackTest, every_known_evil_wheel_is_judged_as_its_manifest_says) {
    std::string evil = shared_directory() + "/evil";
    if (!fs::exists(evil + "/manifest.json")) {
        GTEST_SKIP() << "THE EVIL WHEELS ARE NOT THERE (" << evil << "); set PAWL_SHARED";
    }
    text::Value manifest = *text::parse_json(*fs::read(evil + "/manifest.json"));
    size_t judged = 0;
    for (const text::Value& row : manifest.find("cases")->as_array()) {
        std::string id(*row.string_at("id"));
        if (row.string_at("kind") != "wheel" || is_decided_later(id)) {
            continue;
        }
        SCOPED_TRACE(id + ": " + std::string(*row.string_at("does")));
        std::string path = evil + "/cases/" + std::string(*row.string_at("file"));
        Result<store::WheelEntry> entry = unpack_wheel(
            store,
            {.path = path, .file_name = fs::base_name(path), .hashes = {}, .size_bytes = {}});
        bool must_install = row.string_at("must") == "install";
        std::string note(row.string_at("note").value_or(""));
        bool is_softer_fine = note.find("also acceptable") != std::string::npos;
        EXPECT_TRUE(entry.has_value() == must_install || (entry && is_softer_fine))
            << (entry ? "accepted" : entry.error().message);
        if (entry) {
            EXPECT_TRUE(store::verify_wheel(*entry));
        } else {
            EXPECT_EQ(entry.error().message.find('\x1b'), std::string::npos);
        }
        EXPECT_TRUE(!fs::is_directory(store.path("tmp")) || fs::list(store.path("tmp"))->empty());
        ++judged;
    }
    EXPECT_GT(judged, 100U);
    EXPECT_FALSE(fs::exists("/tmp/pawl-evil/marker"));
}

} // namespace
} // namespace pawl::install
