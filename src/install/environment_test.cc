// Environments made out of small wheels, and run by real interpreters.

#include "install/environment.h"

#include <algorithm>
#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "install/wheels_test.h"
#include "text/csv.h"

namespace pawl::install {
namespace {

using Type = fs::FileStat::Type;

std::string site_packages(const python::Interpreter& interpreter, const Environment& environment) {
    return environment.path + "/" + interpreter.scheme.purelib;
}

/// Every row of every RECORD names a file that is there, with that size and hash; every file of
/// the environment (bytecode and the frame apart) is in a RECORD.
void expect_records_hold(const python::Interpreter& interpreter, const Environment& environment) {
    std::string site = site_packages(interpreter, environment);
    Result<std::vector<fs::DirectoryEntry>> entries = fs::list(site);
    ASSERT_TRUE(entries);
    for (const fs::DirectoryEntry& entry : *entries) {
        if (!entry.name.ends_with(".dist-info")) {
            continue;
        }
        Result<std::string> record = fs::read(site + "/" + entry.name + "/RECORD");
        ASSERT_TRUE(record) << record.error().message;
        Result<std::vector<text::CsvRow>> rows = text::parse_csv(*record);
        ASSERT_TRUE(rows);
        for (const text::CsvRow& row : *rows) {
            SCOPED_TRACE(row[0]);
            ASSERT_EQ(row.size(), 3u);
            Result<std::string> content = fs::read(site + "/" + row[0]);
            ASSERT_TRUE(content) << content.error().message;
            if (row[0].ends_with("/RECORD")) {
                EXPECT_EQ(row[1] + row[2], "");
                continue;
            }
            if (row[0].starts_with("../../../bin/") && row[1].empty()) {
                EXPECT_EQ(row[2], ""); // a program, which is different in each environment
                continue;
            }
            EXPECT_EQ(row[2], std::to_string(content->size()));
            EXPECT_TRUE(row[1].starts_with("sha256="));
            EXPECT_EQ(row[1].size(), 7u + 43u);
        }
        EXPECT_EQ(*fs::read(site + "/" + entry.name + "/INSTALLER"), "pawl\n");
    }
}

TEST(Environment, every_interpreter_imports_from_it_and_from_nowhere_else) {
    NEEDS_PYTHON();
    Depot depot;
    std::vector<store::WheelEntry> wheels{depot.simple("alpha", "1.5"), depot.simple("be-ta")};
    for (const python::Interpreter& interpreter : interpreters()) {
        SCOPED_TRACE(interpreter.describe());
        std::vector<Item> items = items_of(wheels);
        EXPECT_FALSE(*find_environment(depot.store(), interpreter, items));
        Result<Environment> made = make_environment(depot.store(), interpreter, items);
        ASSERT_TRUE(made) << made.error().message;
        EXPECT_TRUE(made->is_new);
        EXPECT_EQ(output_of({made->executable, "-c",
                             "import sys, alpha, be_ta; print(alpha.version, sys.prefix, "
                             "sys.version_info[1], alpha.__file__)"}),
                  "1.5 " + made->path + " " + std::to_string(interpreter.minor) + " " +
                      site_packages(interpreter, *made) + "/alpha/__init__.py");
        EXPECT_EQ(output_of({made->executable, "-c",
                             "import importlib.metadata as m; print(sorted(d.metadata['Name'] for "
                             "d in m.distributions() if d.metadata['Name'] in ('alpha', 'be-ta')), "
                             "m.version('be-ta'), m.files('alpha')[0].locate().exists())"}),
                  "['alpha', 'be-ta'] 1.0 True");
        EXPECT_EQ(output_of({made->executable, "-c",
                             "import sys; print([p for p in sys.path if 'site-packages' in p])"}),
                  "['" + site_packages(interpreter, *made) + "']");
        expect_records_hold(interpreter, *made);
        std::reverse(items.begin(), items.end());
        Result<Environment> again = make_environment(depot.store(), interpreter, items);
        ASSERT_TRUE(again);
        EXPECT_FALSE(again->is_new);
        EXPECT_EQ(again->path, made->path);
        EXPECT_TRUE(*find_environment(depot.store(), interpreter, items));
    }
}

TEST(Environment, its_name_depends_on_files_interpreter_and_what_is_recorded) {
    NEEDS_PYTHON();
    python::Interpreter interpreter = interpreters().back();
    std::string a(64, 'a'), b(64, 'b');
    std::vector<std::vector<Item>> different{
        {},
        {Item{.sha256 = a}},
        {Item{.sha256 = b}},
        {Item{.sha256 = a}, Item{.sha256 = b}},
        {Item{.sha256 = a, .requested = true}},
        {Item{.sha256 = a, .direct_url = "{}"}},
        {Item{.sha256 = a, .requested = true, .direct_url = "{}"}},
    };
    std::vector<std::string> digests;
    for (const std::vector<Item>& items : different) {
        digests.push_back(environment_digest(interpreter, items));
        EXPECT_EQ(digests.back().size(), 40u);
    }
    std::vector<Item> reversed{Item{.sha256 = b}, Item{.sha256 = a}};
    EXPECT_EQ(environment_digest(interpreter, reversed), digests[3]);
    interpreter.version = *pep::Version::parse(interpreter.version.str() + ".post1");
    digests.push_back(environment_digest(interpreter, different[1]));
    std::ranges::sort(digests);
    EXPECT_EQ(std::ranges::adjacent_find(digests), digests.end());
}

/// What may lead anywhere: an ELF file whose end is missing.
const std::string unreadable_code = "\x7f"
                                    "ELF\2\1\1 and no more";

TEST(Environment, directories_are_links_unless_machine_code_may_look_outside_of_its_wheel) {
    NEEDS_PYTHON();
    const python::Interpreter& interpreter = interpreters().back();
    Depot depot;
    WheelText native{.name = "native", .purelib = false};
    native.files["native/__init__.py"] = "";
    native.files["native/core/fast.cpython-312-x86_64-linux-gnu.so"] = unreadable_code;
    native.files["native/core/slow.py"] = "";
    native.files["native/core/data/table.txt"] = "1\n";
    native.files["native/tests/test_it.py"] = "";
    native.files["native.libs/libthing.so.3"] = "";
    WheelText pure{.name = "pure"};
    pure.files["pure/a/b/c.py"] = "";
    pure.files["single.py"] = "x = 1\n";
    pure.files["pure-1.0.dist-info/licenses/LICENSE"] = "text";
    WheelText sealed{.name = "sealed", .purelib = false};
    sealed.files["sealed/fast.so"] = "no machine code at all";
    sealed.files["sealed.libs/libthing.so.3"] = "";
    std::vector<store::WheelEntry> wheels{depot.wheel(native), depot.wheel(pure),
                                          depot.wheel(sealed)};
    std::vector<Item> items = items_of(wheels);
    items[1].requested = true;
    Result<Environment> made = make_environment(depot.store(), interpreter, items);
    ASSERT_TRUE(made) << made.error().message;
    std::string site = site_packages(interpreter, *made) + "/";
    struct Case {
        std::string_view path;
        Type type;
    };
    constexpr Case cases[] = {
        {"native", Type::directory},
        {"native/__init__.py", Type::file},
        {"native/__pycache__", Type::symlink},
        {"native/core", Type::directory},
        {"native/core/fast.cpython-312-x86_64-linux-gnu.so", Type::file},
        {"native/core/slow.py", Type::file},
        {"native/core/data", Type::symlink},
        {"native/tests", Type::symlink},
        {"native.libs", Type::directory},
        {"native.libs/libthing.so.3", Type::file},
        {"native-1.0.dist-info", Type::symlink},
        {"sealed", Type::symlink},
        {"sealed.libs", Type::symlink},
        {"sealed-1.0.dist-info", Type::symlink},
        {"pure", Type::symlink},
        {"single.py", Type::file},
        {"__pycache__", Type::directory},
        {"pure-1.0.dist-info", Type::directory},
        {"pure-1.0.dist-info/METADATA", Type::file},
        {"pure-1.0.dist-info/REQUESTED", Type::file},
        {"pure-1.0.dist-info/licenses", Type::symlink},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(one.path);
        std::optional<fs::FileStat> stat = *fs::lstat(site + std::string(one.path));
        ASSERT_TRUE(stat);
        EXPECT_EQ(stat->type, one.type);
        if (one.type == Type::file && !one.path.ends_with("REQUESTED")) {
            EXPECT_GT(stat->links, 1u) << "a hard link into the store";
        }
    }
    expect_records_hold(interpreter, *made);
}

/// Every path of a tree with its type, and what a link leads to or a file holds.
std::vector<std::string> listing_of(const std::string& root, const std::string& below = "") {
    std::vector<std::string> lines;
    Result<std::vector<fs::DirectoryEntry>> entries = fs::list(root + below);
    check(entries.has_value());
    for (const fs::DirectoryEntry& entry : *entries) {
        std::string path = below + "/" + entry.name;
        if (entry.type == Type::directory) {
            lines.push_back(path + "/");
            std::ranges::move(listing_of(root, path), std::back_inserter(lines));
        } else if (entry.type == Type::symlink) {
            lines.push_back(path + " -> " + *fs::read_link(root + path));
        } else {
            lines.push_back(path + " = " + *fs::read(root + path));
        }
    }
    std::ranges::sort(lines);
    return lines;
}

TEST(Environment, is_the_same_when_no_list_is_read_that_is_not_needed) {
    NEEDS_PYTHON();
    const python::Interpreter& interpreter = interpreters().back();
    Depot depot;
    WheelText module{.name = "module"};
    module.files["module.py"] = "x = 1\n";
    module.files["module_data/table.txt"] = "1\n";
    module.entry_points = "[console_scripts]\nmodule = module:main\n";
    WheelText code{.name = "code", .purelib = false};
    code.files["code/fast.so"] = "";
    WheelText open_code{.name = "open-code", .purelib = false};
    open_code.files["open_code/fast.so"] = unreadable_code;
    WheelText one{.name = "space-one"};
    one.files["space/one/__init__.py"] = "";
    WheelText two{.name = "space-two"};
    two.files["space/two/__init__.py"] = "";
    WheelText data{.name = "data"};
    data.files["data/__init__.py"] = "";
    data.files["data-1.0.data/data/share/data.txt"] = "";
    WheelText invaded{.name = "invaded"};
    invaded.files["invaded/__init__.py"] = "x = 1\n";
    invaded.files["invaded/deep/y.py"] = "";
    WheelText invader{.name = "invader"};
    invader.files["invader-1.0.data/data/" + interpreter.scheme.purelib + "/invaded/more.py"] = "";
    std::vector<store::WheelEntry> wheels;
    for (const WheelText& text : {module, code, open_code, one, two, data, invaded, invader}) {
        wheels.push_back(depot.wheel(text));
    }
    const Places places = Places::of_environment(interpreter.scheme);
    std::set<uint32_t> without = *items_without_need_of_lists(items_of(wheels), places);
    EXPECT_EQ(without, (std::set<uint32_t>{0, 1}));
    Result<Environment> made = make_environment(depot.store(), interpreter, items_of(wheels));
    ASSERT_TRUE(made) << made.error().message;
    output_of({made->executable, "-c", "import invaded.deep.y, invaded.more"});
    std::vector<std::string> expected = listing_of(made->path);
    expect_records_hold(interpreter, *made);
    ASSERT_TRUE(fs::remove_tree(made->path));
    for (uint32_t i : without) {
        std::vector<store::WheelFile> files = std::exchange(wheels[i].manifest.files, {});
        ASSERT_TRUE(store::read_list(wheels[i]));
        EXPECT_EQ(wheels[i].manifest.files.size(), files.size());
        wheels[i].manifest.files.clear();
    }
    made = make_environment(depot.store(), interpreter, items_of(wheels));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(listing_of(made->path), expected);
}

TEST(Environment, a_record_has_no_row_for_what_another_wheel_has_instead) {
    NEEDS_PYTHON();
    const python::Interpreter& interpreter = interpreters().back();
    Depot depot;
    std::vector<store::WheelEntry> wheels;
    for (const char* name : {"first", "second"}) {
        WheelText text{.name = name};
        text.files[std::string(name) + "/__init__.py"] = "";
        text.files["LICENSE"] = std::string("of ") + name;
        wheels.push_back(depot.wheel(text));
    }
    Result<Environment> made = make_environment(depot.store(), interpreter, items_of(wheels));
    ASSERT_TRUE(made) << made.error().message;
    std::string site = site_packages(interpreter, *made) + "/";
    EXPECT_EQ(*fs::read(site + "LICENSE"), "of first");
    EXPECT_TRUE(fs::read(site + "first-1.0.dist-info/RECORD")->starts_with("LICENSE,"));
    EXPECT_EQ(fs::read(site + "second-1.0.dist-info/RECORD")->find("LICENSE,"), std::string::npos);
    expect_records_hold(interpreter, *made);
}

TEST(Environment, one_made_beside_another_shares_the_inodes_of_what_is_alike_and_no_others) {
    NEEDS_PYTHON();
    const python::Interpreter& interpreter = interpreters().back();
    Depot depot;
    WheelText staying{.name = "staying"};
    staying.files["staying/data/table.txt"] = "1\n";
    staying.files["staying-1.0.data/scripts/tool"] = "#!python\n";
    std::vector<store::WheelEntry> wheels{depot.wheel(staying), depot.simple("moving", "1.0"),
                                          depot.simple("mangled", "1.0")};
    auto items_with_dist_infos = [&] { // real ones, with texts in them
        std::vector<Item> items = items_of(wheels);
        items[0].requested = items[2].requested = true;
        return items;
    };
    Result<Environment> first =
        make_environment(depot.store(), interpreter, items_with_dist_infos());
    ASSERT_TRUE(first) << first.error().message;
    std::string before = site_packages(interpreter, *first) + "/";
    std::string mangled = before + "mangled-1.0.dist-info/RECORD";
    std::string text = *fs::read(mangled);
    ASSERT_TRUE(fs::write_atomic(mangled, "#" + text.substr(1)));
    wheels[1] = depot.simple("moving", "1.1");
    for (const std::string& sibling : {first->path, first->path + "-that-is-gone"}) {
        Result<Environment> made =
            make_environment(depot.store(), interpreter, items_with_dist_infos(), sibling);
        ASSERT_TRUE(made) << made.error().message;
        std::string site = site_packages(interpreter, *made) + "/";
        auto is_shared = [&](const std::string& name, const std::string& old) {
            return (*fs::lstat(site + name))->inode == (*fs::lstat(before + old))->inode;
        };
        bool is_there = sibling == first->path;
        EXPECT_EQ(is_shared("staying", "staying"), is_there);
        EXPECT_EQ(is_shared("staying-1.0.dist-info/INSTALLER", "staying-1.0.dist-info/INSTALLER"),
                  is_there);
        EXPECT_FALSE(is_shared("moving", "moving")); // leads elsewhere
        EXPECT_FALSE(is_shared("mangled-1.0.dist-info/RECORD", "mangled-1.0.dist-info/RECORD"));
        EXPECT_EQ(*fs::read(site + "mangled-1.0.dist-info/RECORD"), text);
        EXPECT_EQ(*fs::read(site + "moving/__init__.py"), "version = '1.1'\n");
        expect_records_hold(interpreter, *made);
        ASSERT_TRUE(fs::remove_tree(made->path));
    }
}

TEST(Environment, namespace_packages_of_several_wheels_are_merged) {
    NEEDS_PYTHON();
    Depot depot;
    std::vector<store::WheelEntry> wheels;
    for (const char* part : {"one", "two", "three"}) {
        WheelText text{.name = std::string("space-") + part};
        text.files[std::string("space/cloud/") + part + "/__init__.py"] =
            std::string("me = '") + part + "'\n";
        text.files[std::string("space/cloud/") + part + "/deep/x.py"] = "";
        text.files["old/__init__.py"] =
            "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n";
        text.files[std::string("old/") + part + ".py"] = "";
        wheels.push_back(depot.wheel(text));
    }
    for (const python::Interpreter& interpreter : interpreters()) {
        Result<Environment> made = make_environment(depot.store(), interpreter, items_of(wheels));
        ASSERT_TRUE(made) << made.error().message;
        EXPECT_EQ(output_of({made->executable, "-c",
                             "import space.cloud.one as a, space.cloud.two as b, "
                             "space.cloud.three as c, old.one, old.two, old.three, "
                             "space.cloud.two.deep.x; print(a.me, b.me, c.me)"}),
                  "one two three");
        expect_records_hold(interpreter, *made);
    }
}

TEST(Environment, two_owners_of_one_path_are_an_error_before_anything_is_written) {
    NEEDS_PYTHON();
    const python::Interpreter& interpreter = interpreters().back();
    struct Case {
        std::string_view what;
        WheelText a, b;
        std::string_view named;
    };
    std::string lib = interpreter.scheme.purelib;
    std::vector<Case> cases;
    cases.push_back({"same file",
                     {.name = "a", .files = {{"both/__init__.py", "1"}}},
                     {.name = "b", .files = {{"both/__init__.py", "2"}}},
                     "both/__init__.py"});
    cases.push_back({"file and directory",
                     {.name = "a", .files = {{"thing/x.py", ""}}},
                     {.name = "b", .files = {{"thing", ""}}},
                     "thing"});
    cases.push_back({"one program twice",
                     {.name = "a", .entry_points = "[console_scripts]\ntool = a:b\n"},
                     {.name = "b", .entry_points = "[gui_scripts]\ntool = a:c\n"},
                     "bin/tool"});
    cases.push_back({"program and script",
                     {.name = "a", .entry_points = "[console_scripts]\ntool = a:b\n"},
                     {.name = "b", .files = {{"b-1.0.data/scripts/tool", "#!python\n"}}},
                     "bin/tool"});
    cases.push_back({"data into another package",
                     {.name = "a", .files = {{"pkg/x.py", "1"}}},
                     {.name = "b", .files = {{"b-1.0.data/data/" + lib + "/pkg/x.py", "2"}}},
                     "pkg/x.py"});
    cases.push_back(
        {"data into another dist-info",
         {.name = "a"},
         {.name = "b", .files = {{"b-1.0.data/data/" + lib + "/a-1.0.dist-info/zz", ""}}},
         "a-1.0.dist-info"});
    for (const Case& one : cases) {
        SCOPED_TRACE(one.what);
        Depot depot;
        std::vector<store::WheelEntry> wheels{depot.wheel(one.a), depot.wheel(one.b)};
        Result<Environment> made = make_environment(depot.store(), interpreter, items_of(wheels));
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().kind, Error::Kind::permission) << made.error().message;
        for (std::string_view word :
             {one.named, std::string_view("a 1.0"), std::string_view("b 1.0")}) {
            EXPECT_NE(made.error().message.find(word), std::string::npos) << made.error().message;
        }
        EXPECT_FALSE(fs::exists(depot.path() + "/cache/envs"));
    }
}

TEST(Environment, what_two_wheels_have_in_common_or_beside_the_point_is_no_conflict) {
    NEEDS_PYTHON();
    const python::Interpreter& interpreter = interpreters().back();
    Depot depot;
    std::vector<store::WheelEntry> wheels;
    for (const char* name : {"a", "b"}) {
        WheelText text{.name = name};
        text.files["LICENSE"] = std::string("of ") + name;
        text.files["tests/conftest.py"] = std::string("# of ") + name;
        text.files[std::string("tests/test_") + name + ".py"] = "";
        text.files[std::string(name) + "-1.0.data/scripts/same"] = "#!python\nprint('same')\n";
        text.files[std::string(name) + "-1.0.data/scripts/shell"] = "#!/bin/sh\n";
        text.entry_points = "[console_scripts]\nboard = json:loads\n";
        wheels.push_back(depot.wheel(text));
    }
    Result<Environment> made = make_environment(depot.store(), interpreter, items_of(wheels));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(*fs::read(site_packages(interpreter, *made) + "/LICENSE"), "of a");
    EXPECT_EQ(output_of({made->path + "/bin/same"}), "same");
    EXPECT_TRUE(fs::exists(site_packages(interpreter, *made) + "/tests/test_b.py"));
    expect_records_hold(interpreter, *made);
    ASSERT_EQ(made->warnings.size(), 2u);
    EXPECT_NE(made->warnings[0].find("a 1.0 and b 1.0 both have"), std::string::npos);
}

TEST(Environment, names_that_belong_to_the_environment_are_kept) {
    NEEDS_PYTHON();
    const python::Interpreter& interpreter = interpreters().back();
    std::string lib = interpreter.scheme.purelib;
    for (const std::string& path :
         {std::string("scripts/python3"), std::string("data/bin/python"),
          std::string("data/pyvenv.cfg"), std::string("data/bin/activate"),
          std::string("scripts/pip"), std::string("data/lib"), std::string("data/.pawl-state"),
          "data/" + lib, std::string("data/pyvenv.cfg/x")}) {
        SCOPED_TRACE(path);
        Depot depot;
        WheelText text{.name = "evil", .files = {{"evil-1.0.data/" + path, "x"}}};
        Result<store::WheelEntry> wheel = depot.unpack(text);
        if (!wheel) {
            continue; // refused even earlier
        }
        std::vector<store::WheelEntry> wheels{std::move(*wheel)};
        Result<Environment> made = make_environment(depot.store(), interpreter, items_of(wheels));
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().kind, Error::Kind::permission) << made.error().message;
        EXPECT_FALSE(fs::exists(depot.path() + "/cache/envs"));
    }
}

TEST(Environment, programs_scripts_data_and_headers_go_where_they_belong) {
    NEEDS_PYTHON();
    Depot depot;
    WheelText text{.name = "many-parts"};
    text.files["many/__init__.py"] = "def main():\n    import sys\n    print('main', *sys.argv[1:])"
                                     "\n    return 3\nclass T:\n    @staticmethod\n    def go(): "
                                     "print('go')\n";
    std::string data = "many_parts-1.0.data/";
    text.files[data + "scripts/old-style"] =
        "#!python -E\nimport sys, many\nprint('old', sys.flags."
        "ignore_environment)\n";
    text.files[data + "scripts/shell-style"] = "#!/bin/sh\necho shell\n";
    text.files[data + "data/share/many/readme.txt"] = "hello";
    text.files[data + "headers/many.h"] = "#pragma once\n";
    text.files[data + "purelib/extra.py"] = "x = 7\n";
    text.files[data + "platlib/native.py"] = "y = 8\n";
    text.entry_points = "[console_scripts]\nmany = many:main\nmany-go = many:T.go\n";
    std::vector<store::WheelEntry> wheels{depot.wheel(text)};
    for (const python::Interpreter& interpreter : interpreters()) {
        SCOPED_TRACE(interpreter.describe());
        std::vector<Item> items = items_of(wheels);
        items[0].requested = true;
        items[0].direct_url = R"({"url": "https://example.org/x.whl"})";
        Result<Environment> made = make_environment(depot.store(), interpreter, items);
        ASSERT_TRUE(made) << made.error().message;
        SpawnOptions run;
        run.arguments = {made->path + "/bin/many", "a b", "c"};
        Result<SpawnResult> ran = spawn(run);
        ASSERT_TRUE(ran);
        EXPECT_EQ(ran->exit_code, 3) << ran->err;
        EXPECT_EQ(ran->out, "main a b c\n");
        EXPECT_EQ(output_of({made->path + "/bin/many-go"}), "go");
        EXPECT_EQ(output_of({made->path + "/bin/old-style"}), "old 1");
        EXPECT_EQ(output_of({made->path + "/bin/shell-style"}), "shell");
        EXPECT_EQ(*fs::read(made->path + "/share/many/readme.txt"), "hello");
        EXPECT_TRUE(
            fs::exists(made->path + "/" + interpreter.scheme.headers + "/many-parts/many.h"));
        EXPECT_EQ(
            output_of({made->executable, "-c", "import extra, native; print(extra.x, native.y)"}),
            "7 8");
        std::string info = site_packages(interpreter, *made) + "/many_parts-1.0.dist-info/";
        EXPECT_EQ(*fs::read(info + "REQUESTED"), "");
        EXPECT_EQ(*fs::read(info + "direct_url.json"), items[0].direct_url);
        expect_records_hold(interpreter, *made);
    }
}

TEST(Environment, programs_start_from_long_and_odd_paths) {
    NEEDS_PYTHON();
    Result<fs::TemporaryDirectory> base = fs::TemporaryDirectory::create("/tmp", "pawl-odd-");
    ASSERT_TRUE(base);
    WheelText text{.name = "tool"};
    text.files["tool.py"] = "def main(): print('works')\n";
    text.files["tool-1.0.data/scripts/tool2"] = "#!python -u\nprint('too')\n";
    text.entry_points = "[console_scripts]\ntool = tool:main\n";
    ASSERT_TRUE(fs::write_atomic(base->path() + "/" + text.file_name(), text.bytes()));
    for (const std::string& name :
         {std::string("with blank"), std::string("it's $(touch owned) `x` \"q\" #;&"),
          std::string("line\nend"), std::string(180, 'l'), std::string("ünïcode"),
          std::string("%s{}\t")}) {
        SCOPED_TRACE(name);
        Result<store::Store> store = store::Store::open(base->path() + "/" + name);
        ASSERT_TRUE(store) << store.error().message;
        Result<store::WheelEntry> wheel = unpack_wheel(
            *store, {.path = base->path() + "/" + text.file_name(), .file_name = text.file_name()});
        ASSERT_TRUE(wheel) << wheel.error().message;
        std::vector<store::WheelEntry> wheels{std::move(*wheel)};
        Result<Environment> made =
            make_environment(*store, interpreters().back(), items_of(wheels));
        ASSERT_TRUE(made) << made.error().message;
        EXPECT_EQ(output_of({made->path + "/bin/tool"}, base->path()), "works");
        EXPECT_EQ(output_of({made->path + "/bin/tool2"}, base->path()), "too");
        EXPECT_FALSE(fs::exists(base->path() + "/owned"));
    }
    for (const std::string& name : {std::string("back\\slash"), std::string("not-\xff-utf8")}) {
        Result<store::Store> store = store::Store::open(base->path() + "/" + name);
        ASSERT_TRUE(store);
        Result<store::WheelEntry> wheel = unpack_wheel(
            *store, {.path = base->path() + "/" + text.file_name(), .file_name = text.file_name()});
        ASSERT_TRUE(wheel);
        std::vector<store::WheelEntry> wheels{std::move(*wheel)};
        Result<Environment> made =
            make_environment(*store, interpreters().back(), items_of(wheels));
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().kind, Error::Kind::usage);
    }
}

TEST(Environment, python_keeps_bytecode_where_every_environment_finds_it) {
    NEEDS_PYTHON();
    if (::geteuid() != 0) {
        GTEST_SKIP() << "ONLY ROOT MAY WRITE INTO READ-ONLY DIRECTORIES OF THE STORE";
    }
    const python::Interpreter& interpreter = interpreters().back();
    Depot depot;
    WheelText native{.name = "native"};
    native.files["native/__init__.py"] = "";
    native.files["native/x.so"] = unreadable_code;
    std::vector<store::WheelEntry> wheels{depot.wheel(native)};
    Result<Environment> made = make_environment(depot.store(), interpreter, items_of(wheels));
    ASSERT_TRUE(made);
    std::string bytecode = "/__pycache__/__init__." + interpreter.cache_tag + ".pyc";
    std::vector<std::string> import{"/usr/bin/env",   "-u", "PYTHONDONTWRITEBYTECODE",
                                    made->executable, "-c", "import native"};
    output_of(import);
    EXPECT_FALSE(fs::exists(site_packages(interpreter, *made) + "/native" + bytecode))
        << "the link leads nowhere yet, and nothing is written beside it";
    ASSERT_TRUE(fs::make_directories(wheels[0].files() + "/native/__pycache__"));
    output_of(import);
    EXPECT_TRUE(fs::exists(wheels[0].files() + "/native" + bytecode));
    EXPECT_TRUE(fs::exists(site_packages(interpreter, *made) + "/native" + bytecode));
}

TEST(Environment, a_hit_touches_a_handful_of_files) {
    NEEDS_PYTHON();
    Depot depot;
    std::vector<store::WheelEntry> wheels;
    for (int i = 0; i < 40; ++i) {
        wheels.push_back(depot.simple("p" + std::to_string(i)));
    }
    std::vector<Item> items = items_of(wheels);
    ASSERT_TRUE(make_environment(depot.store(), interpreters().back(), items));
    fs::Recording recording;
    ASSERT_TRUE(*find_environment(depot.store(), interpreters().back(), items));
    EXPECT_LE(recording.accesses().size(), 6u);
}

// --- many at once, and killed
// ---------------------------------------------------------------------

/// A world of ten wheels of every sort.
std::vector<store::WheelEntry> assorted(Depot& depot) {
    std::vector<store::WheelEntry> wheels;
    for (int i = 0; i < 10; ++i) {
        std::string number = std::to_string(i);
        WheelText text{.name = "pk" + number};
        for (int file = 0; file < 20; ++file) {
            text.files["pk" + number + "/m" + std::to_string(file) + ".py"] =
                "x = " + number + "\n";
        }
        text.files["shared/part" + number + ".py"] = "";
        if (i % 2 == 0) {
            text.files["pk" + number + "/native.so"] = "";
        }
        text.entry_points = "[console_scripts]\ntool" + number + " = pk" + number + ".m0:x\n";
        wheels.push_back(depot.wheel(text));
    }
    return wheels;
}

std::string check_script() {
    return "import importlib\n"
           "for i in range(10):\n"
           "    for m in range(20):\n"
           "        assert importlib.import_module(f'pk{i}.m{m}').x == i\n"
           "    importlib.import_module(f'shared.part{i}')\n"
           "print('whole')\n";
}

/// Runs `work` in a child process; the child's exit status is 0 when it returns true.
template <class Work>
pid_t in_child(Work work) {
    pid_t child = ::fork();
    check(child >= 0);
    if (child == 0) {
        ::_exit(work() ? 0 : 1);
    }
    return child;
}

int status_of(pid_t child) {
    int status = 0;
    check(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST(Environment, many_makers_of_one_environment_all_get_it_whole) {
    NEEDS_PYTHON();
    const python::Interpreter& interpreter = interpreters().back();
    Depot depot;
    std::vector<store::WheelEntry> wheels = assorted(depot);
    std::vector<Item> items = items_of(wheels);
    std::vector<pid_t> children;
    for (int i = 0; i < 12; ++i) {
        children.push_back(in_child([&] {
            Result<Environment> made = make_environment(depot.store(), interpreter, items);
            return made && fs::exists(made->path + "/bin/tool9");
        }));
    }
    for (pid_t child : children) {
        EXPECT_EQ(status_of(child), 0);
    }
    EXPECT_EQ(fs::list(depot.path() + "/cache/envs")->size(), 1u);
    std::optional<Environment> found = *find_environment(depot.store(), interpreter, items);
    ASSERT_TRUE(found);
    EXPECT_EQ(output_of({found->executable, "-c", check_script()}), "whole");
    expect_records_hold(interpreter, *found);
}

TEST(Environment, a_maker_killed_at_any_moment_leaves_all_or_nothing) {
    NEEDS_PYTHON();
    const python::Interpreter& interpreter = interpreters().back();
    Depot depot;
    std::vector<store::WheelEntry> wheels = assorted(depot);
    unsigned seed = static_cast<unsigned>(monotonic_ns());
    RecordProperty("seed", std::to_string(seed));
    int killed = 0;
    for (int round = 0; round < 40; ++round) {
        SCOPED_TRACE("seed " + std::to_string(seed) + " round " + std::to_string(round));
        std::vector<Item> items = items_of(wheels);
        items[0].direct_url = "{\"round\": " + std::to_string(round) + "}"; // a new environment
        pid_t child = in_child(
            [&] { return make_environment(depot.store(), interpreter, items).has_value(); });
        ::usleep(static_cast<useconds_t>(rand_r(&seed) % 8000));
        ::kill(child, SIGKILL);
        killed += status_of(child) != 0 ? 1 : 0;
        std::optional<Environment> left = *find_environment(depot.store(), interpreter, items);
        if (left) {
            EXPECT_EQ(output_of({left->executable, "-B", "-c", check_script()}), "whole");
            expect_records_hold(interpreter, *left);
        }
        if (round % 10 == 0) {
            Result<Environment> made = make_environment(depot.store(), interpreter, items);
            ASSERT_TRUE(made) << made.error().message;
            EXPECT_EQ(output_of({made->executable, "-B", "-c", check_script()}), "whole");
        }
    }
    EXPECT_GT(killed, 5) << "the kills came too late to say anything";
}

TEST(Environment, a_vanished_interpreter_is_said_and_nothing_is_made) {
    NEEDS_PYTHON();
    Depot depot;
    python::Interpreter gone = interpreters().back();
    gone.base_executable = "/nowhere/python3.12";
    Result<Environment> made = make_environment(depot.store(), gone, {});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, Error::Kind::environment);
    EXPECT_NE(made.error().message.find("/nowhere/python3.12"), std::string::npos);
}

} // namespace
} // namespace pawl::install
