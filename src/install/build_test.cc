// Builds: with small backends that lie in the source tree, so nothing has to be fetched.

#include "install/build.h"

#include <unistd.h>

#include "base/clock.h"
#include "install/wheels_test.h"

namespace pawl::install {
namespace {

constexpr std::string_view good_backend = R"(
import os, zipfile
info = "demo-1.0.dist-info/"
files = {
    info + "METADATA": "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Dist: six\n",
    info + "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    print("building", config_settings)
    name = "demo-1.0-py3-none-any.whl"
    content = dict(files, **{"demo.py": "x = %r\n" % (config_settings,)})
    content[info + "RECORD"] = "".join(path + ",,\n" for path in [*content, info + "RECORD"])
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as zip:
        for path, text in content.items():
            zip.writestr(path, text)
    return name
)";

class Build : public testing::Test {
  protected:
    void SetUp() override {
        NEEDS_PYTHON();
        python_ = interpreters().back().executable;
        backend(good_backend);
        options_.allowed = true;
        options_.time_ms_max = 20'000;
        options_.work_directory = at("work");
    }
    std::string at(std::string_view name) { return depot_.path() + "/" + std::string(name); }
    void put(std::string_view name, std::string_view text) {
        ASSERT_TRUE(fs::make_directories(fs::parent(at(name))));
        ASSERT_TRUE(fs::write_atomic(at(name), text));
    }
    void pyproject(std::string_view text) { put("source/pyproject.toml", text); }
    void backend(std::string_view code) {
        pyproject("[build-system]\nrequires = [\"flit_core >=3\"]\nbuild-backend = \"back\"\n"
                  "backend-path = [\"lib\"]\n");
        put("source/lib/back.py", code);
    }
    Result<std::string> wheel() { return build_wheel(source(), at("out"), maker(), options_); }
    Result<BuiltMetadata> metadata() { return build_metadata(source(), "", maker(), options_); }
    BuildSource source() {
        return {.directory = at("source"),
                .what = "demo-1.0.tar.gz",
                .name = pep::Name::of("demo"),
                .version = *pep::Version::parse("1.0")};
    }
    BuildEnvironmentMaker maker() {
        return [this](std::span<const pep::Requirement> needs) -> Result<std::string> {
            asked_.emplace_back();
            for (const pep::Requirement& need : needs) {
                asked_.back().push_back(need.str());
            }
            return python_;
        };
    }
    void expect_failure(const Result<std::string>& result, Error::Kind kind,
                        std::string_view word) {
        ASSERT_FALSE(result) << *result;
        EXPECT_EQ(result.error().kind, kind) << result.error().message;
        EXPECT_NE(result.error().message.find(word), std::string::npos) << result.error().message;
        EXPECT_NE(result.error().message.find("demo-1.0.tar.gz"), std::string::npos);
        Result<std::vector<fs::DirectoryEntry>> left = fs::list(at("work"));
        EXPECT_TRUE(!left || left->empty()) << "temporary files stay";
    }

    Depot depot_;
    std::string python_;
    BuildOptions options_;
    std::vector<std::vector<std::string>> asked_;
};

TEST_F(Build, makes_a_wheel_that_can_be_installed) {
    options_.config_settings = {{"--level", "3"}};
    Result<std::string> path = wheel();
    ASSERT_TRUE(path) << path.error().message;
    EXPECT_EQ(*path, at("out/demo-1.0-py3-none-any.whl"));
    EXPECT_EQ(asked_, (std::vector<std::vector<std::string>>{{"flit_core>=3"}}));
    Result<store::WheelEntry> entry =
        unpack_wheel(depot_.store(), {.path = *path, .file_name = "demo-1.0-py3-none-any.whl"});
    ASSERT_TRUE(entry) << entry.error().message;
    EXPECT_EQ(*fs::read(entry->files() + "/demo.py"), "x = {'--level': '3'}\n");
}

TEST_F(Build, asks_the_backend_for_more_needs_and_for_metadata) {
    backend(std::string(good_backend) +
            "def get_requires_for_build_wheel(config_settings=None): return ['cython<4']\n");
    Result<BuiltMetadata> built = metadata();
    ASSERT_TRUE(built) << built.error().message;
    EXPECT_NE(built->text.find("Requires-Dist: six"), std::string::npos);
    EXPECT_EQ(built->wheel, "");
    ASSERT_EQ(asked_.size(), 2u);
    EXPECT_EQ(asked_[1], (std::vector<std::string>{"flit_core>=3", "cython<4"}));
    backend("import os\ndef build_wheel(*a): raise SystemError\n"
            "def prepare_metadata_for_build_wheel(directory, config_settings=None):\n"
            "    os.mkdir(os.path.join(directory, 'demo-1.0.dist-info'))\n"
            "    open(os.path.join(directory, 'demo-1.0.dist-info/METADATA'), 'w').write("
            "'Metadata-Version: 2.1\\nName: Demo\\nVersion: 1.0.0\\n')\n"
            "    return 'demo-1.0.dist-info'\n");
    built = metadata();
    ASSERT_TRUE(built) << built.error().message;
    EXPECT_NE(built->text.find("Name: Demo"), std::string::npos);
}

TEST_F(Build, nothing_runs_without_permission) {
    options_.allowed = false;
    put("source/lib/back.py", "open('" + at("ran") + "', 'w')\n");
    expect_failure(wheel(), Error::Kind::permission, "builds are not allowed");
    EXPECT_FALSE(fs::exists(at("ran")));
    EXPECT_TRUE(asked_.empty());
}

TEST_F(Build, what_pyproject_says_is_checked_first) {
    struct Case {
        std::string_view text, word;
        Error::Kind kind;
    };
    constexpr Case cases[] = {
        {"[build-system\n", "pyproject.toml", Error::Kind::input},
        {"[build-system]\nbuild-backend = 'x'\n", "no \"requires\"", Error::Kind::input},
        {"[build-system]\nrequires = 'x'\n", "requires", Error::Kind::input},
        {"[build-system]\nrequires = ['x y']\n", "requires", Error::Kind::input},
        {"build-system = 1\n", "build-system", Error::Kind::input},
        {"[build-system]\nrequires = []\nbuild-backend = 'os; import x'\n", "not module:object",
         Error::Kind::input},
        {"[build-system]\nrequires = []\nbuild-backend = 'back'\nbackend-path = ['../..']\n",
         "backend-path", Error::Kind::refused},
        {"[build-system]\nrequires = []\nbuild-backend = 'back'\nbackend-path = ['/tmp']\n",
         "backend-path", Error::Kind::refused},
        {"[build-system]\nrequires = ['demo']\nbuild-backend = 'back'\n", "no solution",
         Error::Kind::no_solution},
        {"[build-system]\nrequires = ['x @ https://example.org/x.whl']\n", "from a URL",
         Error::Kind::permission},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(one.text);
        pyproject(one.text);
        expect_failure(wheel(), one.kind, one.word);
    }
    EXPECT_TRUE(asked_.empty()) << "no environment is made for any of them";
}

TEST_F(Build, a_backend_that_misbehaves_is_a_clear_error) {
    struct Case {
        std::string_view code, word;
        Error::Kind kind;
    };
    const Case cases[] = {
        {"raise ImportError('nope \\x1b[2J')", "nope", Error::Kind::input},
        {"x = (", "SyntaxError", Error::Kind::input},
        {"pass", "has no build_wheel", Error::Kind::input},
        {"def build_wheel(d, c=None, m=None): return '../evil-1.0-py3-none-any.whl'",
         "not a plain file name", Error::Kind::refused},
        {"def build_wheel(d, c=None, m=None): return 'demo-1.0-py3-none-any.whl'",
         "which is not there", Error::Kind::input},
        {"def build_wheel(d, c=None, m=None): return 5", "no file name", Error::Kind::input},
        {"def build_wheel(d, c=None, m=None): return object()", "TypeError", Error::Kind::input},
        {"def build_wheel(d, c=None, m=None):\n    n = 'demo-2.0-py3-none-any.whl'\n"
         "    open(d + '/' + n, 'w').close()\n    return n",
         "not of demo 1.0", Error::Kind::integrity},
        {"def build_wheel(d, c=None, m=None):\n    n = 'other-1.0-py3-none-any.whl'\n"
         "    open(d + '/' + n, 'w').close()\n    return n",
         "other 1.0", Error::Kind::integrity},
        {"import os\ndef build_wheel(d, c=None, m=None):\n    n = 'demo-1.0-py3-none-any.whl'\n"
         "    os.symlink('/etc/passwd', d + '/' + n)\n    return n",
         "which is not there", Error::Kind::input},
        {"def build_wheel(d, c=None, m=None): __import__('os')._exit(0)", "ended without a result",
         Error::Kind::input},
        {"def build_wheel(d, c=None, m=None): __import__('os').kill(0, 9)",
         "ended without a result", Error::Kind::input},
        {"def build_wheel(d, c=None, m=None): raise KeyboardInterrupt", "KeyboardInterrupt",
         Error::Kind::input},
        {"def get_requires_for_build_wheel(c=None): return ['demo']", "itself",
         Error::Kind::no_solution},
        {"def get_requires_for_build_wheel(c=None): return ['x @ file:///etc/passwd']",
         "from a URL", Error::Kind::permission},
        {"def get_requires_for_build_wheel(c=None): return 'abc'", "no list", Error::Kind::input},
        {"def build_wheel(d, c=None, m=None):\n    while True: print('x' * 1000)", "printed more",
         Error::Kind::input},
    };
    options_.output_bytes_max = 1 << 20;
    for (const Case& one : cases) {
        SCOPED_TRACE(one.code);
        backend(one.code);
        Result<std::string> made = wheel();
        expect_failure(made, one.kind, one.word);
        EXPECT_EQ(made.error().message.find('\x1b'), std::string::npos);
    }
}

TEST_F(Build, the_backend_must_come_from_backend_path) {
    pyproject("[build-system]\nrequires = []\nbuild-backend = 'json'\nbackend-path = ['lib']\n");
    expect_failure(wheel(), Error::Kind::input, "not in backend-path");
}

TEST_F(Build, a_hanging_backend_is_ended_with_all_that_it_started) {
    options_.time_ms_max = 700;
    // Of this process alone: the same test may run elsewhere on the machine.
    const std::string seconds = "1234321." + std::to_string(::getpid());
    backend("import os, subprocess, time\ndef build_wheel(d, c=None, m=None):\n"
            "    subprocess.Popen(['sleep', '" +
            seconds +
            "'], start_new_session=True)\n"
            "    time.sleep(1000)\n");
    int64_t begin = monotonic_ns();
    expect_failure(wheel(), Error::Kind::input, "longer than");
    EXPECT_LT(monotonic_ns() - begin, 60'000'000'000);
    SpawnOptions search;
    search.arguments = {"pgrep", "-f", "sleep " + seconds};
    bool is_gone = false;
    for (int tries = 0; !is_gone && tries < 100; ++tries) {
        ::usleep(100'000);
        is_gone = spawn(search)->exit_code != 0;
    }
    EXPECT_TRUE(is_gone) << "it still runs";
}

TEST_F(Build, a_daemon_does_not_outlive_the_build) {
    backend(std::string(good_backend) +
            "import subprocess\nold = build_wheel\n"
            "def build_wheel(d, c=None, m=None):\n"
            "    subprocess.Popen('sleep 2; touch " +
            at("late") +
            "', shell=True, "
            "start_new_session=True)\n    return old(d, c, m)\n");
    int64_t begin = monotonic_ns();
    expect_failure(wheel(), Error::Kind::input, "left processes behind");
    EXPECT_LT(monotonic_ns() - begin, 60'000'000'000);
    ::usleep(2'000'000);
    EXPECT_FALSE(fs::exists(at("late")));
}

TEST_F(Build, what_ends_soon_after_the_build_is_no_daemon) {
    backend(std::string(good_backend) +
            "import subprocess\nold = build_wheel\n"
            "def build_wheel(d, c=None, m=None):\n"
            "    subprocess.Popen(['sleep', '0.2'], start_new_session=True)\n"
            "    return old(d, c, m)\n");
    Result<std::string> made = wheel();
    EXPECT_TRUE(made) << made.error().message;
}

TEST_F(Build, writes_nowhere_but_to_its_source_and_its_own_directory) {
    SpawnOptions probe;
    probe.arguments = {"unshare", "--mount", "--pid", "--net", "--fork", "true"};
    Result<SpawnResult> probed = spawn(probe);
    if (!probed || probed->exit_code != 0) {
        GTEST_SKIP() << "NAMESPACES ARE NOT ALLOWED HERE: BUILDS ARE NOT KEPT FROM WRITING";
    }
    backend(std::string(good_backend) +
            "old = build_wheel\n"
            "def build_wheel(d, c=None, m=None):\n"
            "    open('inside', 'w').close()\n"
            "    import tempfile; tempfile.TemporaryFile().close()\n"
            "    try:\n        open('" +
            at("escape") +
            "', 'w').close()\n"
            "    except OSError: return old(d, c, m)\n"
            "    raise ValueError('it could write outside')\n");
    Result<std::string> made = wheel();
    EXPECT_TRUE(made) << made.error().message;
    EXPECT_FALSE(fs::exists(at("escape")));
}

TEST_F(Build, sees_only_a_few_variables) {
    ::setenv("PAWL_TEST_SECRET", "hush", 1);
    ::setenv("CFLAGS", "-O1", 1);
    backend("import os\ndef build_wheel(d, c=None, m=None):\n"
            "    raise ValueError(' '.join([os.environ.get('PAWL_TEST_SECRET', 'none'), "
            "os.environ['CFLAGS'], str(os.environ['HOME'] == os.path.expanduser('~')), "
            "os.path.basename(os.getcwd()), str('' in __import__('sys').path)]))\n");
    expect_failure(wheel(), Error::Kind::input, "none -O1 True source False");
    ::unsetenv("PAWL_TEST_SECRET");
    ::unsetenv("CFLAGS");
}

TEST_F(Build, a_source_without_pyproject_is_built_by_setuptools) {
    std::string with_setuptools;
    for (const python::Interpreter& one : interpreters()) {
        SpawnOptions options;
        options.arguments = {one.executable, "-I", "-c",
                             "import setuptools; assert int(setuptools.__version__.split('.')[0]) "
                             ">= 45; import wheel"};
        if (spawn(options)->exit_code == 0) {
            with_setuptools = one.executable;
        }
    }
    if (with_setuptools.empty()) {
        GTEST_SKIP() << "NO PYTHON WITH SETUPTOOLS AND WHEEL ON THIS MACHINE";
    }
    python_ = with_setuptools;
    ASSERT_TRUE(fs::remove_file(at("source/pyproject.toml")));
    put("source/setup.py", "import helper\nfrom setuptools import setup\n"
                           "setup(name='demo', version='1.0', py_modules=['demo'])\n");
    put("source/helper.py", "");
    put("source/demo.py", "x = 1\n");
    Result<std::string> made = wheel();
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(asked_[0], (std::vector<std::string>{"setuptools>=40.8.0"}));
    Result<BuiltMetadata> built = metadata();
    ASSERT_TRUE(built) << built.error().message;
    EXPECT_NE(built->text.find("Name: demo"), std::string::npos);
}

TEST_F(Build, a_directory_that_is_no_project_is_said) {
    ASSERT_TRUE(fs::remove_file(at("source/pyproject.toml")));
    expect_failure(wheel(), Error::Kind::input, "no Python project");
}

} // namespace
} // namespace pawl::install
