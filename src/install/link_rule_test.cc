// The cases that taught docs/store.md its rule, each as a package that does what real ones do: in
// an environment of links to directories, and in an ordinary one by every link mode.

#include <algorithm>

#include <unistd.h>

#include "base/text.h"
#include "install/environment.h"
#include "install/target.h"
#include "install/wheels_test.h"
#include "store/wheel_entry.h"

namespace pawl::install {
namespace {

struct RuleCase {
    std::string_view what;
    std::vector<WheelText> wheels;
    std::string code;
    std::string expected;
};

WheelText resources() {
    WheelText text{.name = "has-data"};
    text.files["has_data/__init__.py"] =
        "import json, os, pathlib\n"
        "beside = json.load(open(os.path.join(os.path.dirname(__file__), 'data.json')))\n"
        "resolved = pathlib.Path(__file__).resolve().parent.parent / 'has_data_more'\n"
        "more = (resolved / 'more.txt').read_text()\n"
        "site = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))\n"
        "neighbour = os.path.exists(os.path.join(site, 'neighbour', 'thing.txt'))\n";
    text.files["has_data/data.json"] = "[1, 2]";
    text.files["has_data/sub/deep.txt"] = "deep";
    text.files["has_data_more/more.txt"] = "more";
    return text;
}

WheelText neighbour() {
    WheelText text{.name = "neighbour"};
    text.files["neighbour/thing.txt"] = "thing";
    text.files["neighbour/__init__.py"] = "";
    return text;
}

WheelText namespace_part(const std::string& part) {
    WheelText text{.name = "space-" + part};
    text.files["space/data/" + part + ".txt"] = part;
    text.files["space/" + part + "/__init__.py"] = "me = '" + part + "'\n";
    return text;
}

WheelText plugin(const std::string& name) {
    WheelText text{.name = name};
    text.files[name + ".py"] = "def register(): return '" + name + "'\n";
    text.entry_points = "[app.plugins]\n" + name + " = " + name + ":register\n";
    return text;
}

/// As pywin32 and distutils-precedence do: a directory that is no package, and a line of code.
WheelText with_pth() {
    WheelText text{.name = "pather"};
    text.files["pather.pth"] = "pather_modules\nimport pather_start; pather_start.begin()\n";
    text.files["pather_start.py"] = "begun = []\ndef begin(): begun.append(1)\n";
    text.files["pather_modules/hidden_module.py"] = "value = 7\n";
    return text;
}

std::vector<RuleCase> rule_cases() {
    return {
        {"__file__: beside, resolved, the neighbours'",
         {resources(), neighbour()},
         "import has_data as h; print(h.beside, h.more, h.neighbour)",
         "[1, 2] more True"},
        {"importlib.resources",
         {resources(), neighbour()},
         "import importlib.resources as r, has_data\n"
         "f = r.files('has_data').joinpath('sub/deep.txt') if hasattr(r, 'files') else None\n"
         "print(f.read_text() if f else 'deep', r.read_text('has_data', 'data.json'))\n",
         "deep [1, 2]"},
        {"namespaces over several wheels, with data in them",
         {namespace_part("one"), namespace_part("two")},
         "import os, space, space.one, space.two\n"
         "where = [p for p in space.__path__]\n"
         "print(space.one.me, space.two.me, len(where), "
         "sorted(os.listdir(os.path.join(where[0], 'data'))))",
         "one two 1 ['one.txt', 'two.txt']"},
        {"entry points of several wheels",
         {plugin("plug_a"), plugin("plug_b")},
         "import importlib.metadata as m\n"
         "found = m.entry_points()\n"
         "found = found.select(group='app.plugins') if hasattr(found, 'select') "
         "else found['app.plugins']\n"
         "print(sorted(e.load()() for e in found))",
         "['plug_a', 'plug_b']"},
        {".pth files",
         {with_pth()},
         "import hidden_module, pather_start; print(hidden_module.value, bool(pather_start.begun))",
         "7 True"},
        {"a traceback and the source are where the environment is",
         {resources(), neighbour()},
         "import has_data, inspect, os, sys\n"
         "print(inspect.getsourcefile(has_data).startswith(sys.prefix), "
         "'neighbour' in inspect.getsource(has_data))",
         "True True"},
    };
}

class LinkRule : public testing::Test {
  protected:
    void SetUp() override { NEEDS_PYTHON(); }

    std::vector<store::WheelEntry> unpacked(const RuleCase& one) {
        std::vector<store::WheelEntry> wheels;
        for (const WheelText& text : one.wheels) {
            wheels.push_back(depot_.wheel(text));
        }
        return wheels;
    }

    /// An empty virtual environment.
    std::string new_environment() {
        std::string root = depot_.path() + "/venv";
        if (!fs::exists(root)) {
            output_of(
                {interpreters().back().executable, "-I", "-m", "venv", "--without-pip", root});
        }
        std::string copy = root + "-" + fs::random_name();
        output_of({"cp", "-a", root, copy});
        return copy;
    }

    /// A new virtual environment's Python, with the wheels in it.
    std::string installed(const RuleCase& one, LinkMode mode) {
        std::string root = new_environment();
        Result<python::Interpreter> interpreter = python::ask(root, {});
        Result<Target> target = Target::of_environment(*interpreter);
        std::vector<store::WheelEntry> wheels = unpacked(one);
        Result<TargetReport> report =
            install_into(*target, items_of(wheels), {.link_mode = mode, .store = &depot_.store()});
        EXPECT_TRUE(report) << report.error().message;
        return root + "/bin/python";
    }

    void expect_in_every_mode(const RuleCase& one) {
        SCOPED_TRACE(one.what);
        std::vector<store::WheelEntry> wheels = unpacked(one);
        for (const python::Interpreter& interpreter :
             {interpreters().front(), interpreters().back()}) {
            Result<Environment> made =
                make_environment(depot_.store(), interpreter, items_of(wheels));
            ASSERT_TRUE(made) << made.error().message;
            EXPECT_EQ(output_of({made->executable, "-W", "ignore", "-c", one.code}), one.expected);
        }
        for (LinkMode mode : {LinkMode::hardlink, LinkMode::copy, LinkMode::symlink}) {
            EXPECT_EQ(output_of({installed(one, mode), "-W", "ignore", "-c", one.code}),
                      one.expected);
        }
    }

    Depot depot_;
};

TEST_F(LinkRule, what_packages_do_with_their_own_place_works_in_every_mode) {
    for (const RuleCase& one : rule_cases()) {
        expect_in_every_mode(one);
    }
}

/// Two wheels with machine code, one of which needs a library of its own "….libs" and one of the
/// other wheel, both by "$ORIGIN" (as numpy and torch do).
TEST_F(LinkRule, machine_code_finds_its_neighbours) {
    std::string work = depot_.path() + "/native";
    ASSERT_TRUE(fs::make_directories(work + "/fast.libs"));
    ASSERT_TRUE(fs::make_directories(work + "/runtime/lib"));
    ASSERT_TRUE(fs::make_directories(work + "/fast"));
    ASSERT_TRUE(fs::write_new(work + "/own.c", "int own(void) { return 40; }\n"));
    ASSERT_TRUE(fs::write_new(work + "/other.c", "int other(void) { return 2; }\n"));
    ASSERT_TRUE(fs::write_new(
        work + "/core.c",
        "int own(void); int other(void);\nint answer(void) { return own() + other(); }\n"));
    SpawnOptions options;
    options.arguments = {
        "sh", "-c",
        "cc -shared -fPIC -Wl,-soname,libown.so -o fast.libs/libown.so own.c && "
        "cc -shared -fPIC -Wl,-soname,libother.so.1 -o runtime/lib/libother.so.1 other.c && "
        "cc -shared -fPIC -o fast/_core.so core.c fast.libs/libown.so "
        "runtime/lib/libother.so.1 -Wl,-rpath,'$ORIGIN/../fast.libs' "
        "-Wl,-rpath,'$ORIGIN/../runtime/lib'"};
    options.directory = work;
    Result<SpawnResult> compiled = spawn(options);
    if (!compiled || compiled->exit_code != 0) {
        GTEST_SKIP() << "THERE IS NO C COMPILER";
    }
    WheelText fast{.name = "fast", .purelib = false};
    fast.files["fast/__init__.py"] =
        "import ctypes, os\n"
        "answer = ctypes.CDLL(os.path.join(os.path.dirname(__file__), '_core.so')).answer()\n";
    fast.files["fast/_core.so"] = *fs::read(work + "/fast/_core.so");
    fast.files["fast.libs/libown.so"] = *fs::read(work + "/fast.libs/libown.so");
    WheelText runtime{.name = "runtime", .purelib = false};
    runtime.files["runtime/__init__.py"] = "";
    runtime.files["runtime/lib/libother.so.1"] = *fs::read(work + "/runtime/lib/libother.so.1");
    expect_in_every_mode({.what = "native",
                          .wheels = {fast, runtime},
                          .code = "import fast; print(fast.answer)",
                          .expected = "42"});
    // Both in one wheel: then nothing needs a real directory.
    WheelText whole{.name = "whole", .files = fast.files, .purelib = false};
    whole.files.insert(runtime.files.begin(), runtime.files.end());
    RuleCase one{.what = "whole", .wheels = {whole}, .code = "import fast; print(fast.answer)"};
    one.expected = "42";
    expect_in_every_mode(one);
    std::vector<store::WheelEntry> wheels = unpacked(one);
    Result<Environment> made =
        make_environment(depot_.store(), interpreters().back(), items_of(wheels));
    ASSERT_TRUE(made);
    std::string site = made->path + "/" + interpreters().back().scheme.purelib;
    for (std::string_view name : {"/fast", "/fast.libs", "/runtime"}) {
        EXPECT_TRUE(fs::read_link(site + std::string(name))) << name;
    }
}

/// Parser generators and updaters write beside themselves. In the store they may not; in the user's
/// own copy they may.
TEST_F(LinkRule, packages_that_write_beside_themselves_do_no_harm) {
    WheelText text{.name = "writer"};
    text.files["writer/__init__.py"] =
        "import os\n"
        "def write():\n"
        "    try:\n"
        "        with open(os.path.join(os.path.dirname(__file__), 'table.py'), 'w') as f:\n"
        "            f.write('x = 1')\n"
        "        return 'written'\n"
        "    except OSError:\n"
        "        return 'refused'\n";
    const std::string code = "import writer; print(writer.write())";
    RuleCase one{.what = "writer", .wheels = {text}, .code = code, .expected = {}};
    EXPECT_EQ(output_of({installed(one, LinkMode::copy), "-c", code}), "written");
    std::vector<store::WheelEntry> wheels = unpacked(one);
    EXPECT_TRUE(store::verify_wheel(wheels[0]));
    Result<Environment> made =
        make_environment(depot_.store(), interpreters().back(), items_of(wheels));
    ASSERT_TRUE(made);
    std::string said = output_of({made->executable, "-B", "-c", code});
    if (::geteuid() != 0) {
        EXPECT_EQ(said, "refused");
        EXPECT_TRUE(store::verify_wheel(wheels[0]));
    }
}

} // namespace
} // namespace pawl::install
