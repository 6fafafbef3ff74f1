// Exact installs into environments and directories that belong to others.

#include "install/target.h"

#include <algorithm>
#include <csignal>
#include <set>

#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "install/installed.h"
#include "install/wheels_test.h"
#include "text/csv.h"

namespace pawl::install {
namespace {

/// "added alpha 1.0", "replaced alpha 2.0 (1.0)" …
std::vector<std::string> words_of(const TargetReport& report) {
    constexpr std::string_view names[] = {"added", "removed", "replaced", "kept"};
    std::vector<std::string> words;
    for (const Change& change : report.changes) {
        words.push_back(std::string(names[static_cast<size_t>(change.what)]) + " " +
                        change.name.str() + " " + change.version +
                        (change.version_old.empty() ? "" : " (" + change.version_old + ")"));
    }
    return words;
}

using Words = std::vector<std::string>;

/// All paths below a directory, without bytecode.
std::set<std::string> tree_of(const std::string& root, const std::string& below = "") {
    std::set<std::string> paths;
    Result<std::vector<fs::DirectoryEntry>> entries = fs::list(root + "/" + below);
    for (const fs::DirectoryEntry& entry : entries ? *entries : std::vector<fs::DirectoryEntry>()) {
        if (entry.name == "__pycache__") {
            continue;
        }
        std::string path = below.empty() ? entry.name : below + "/" + entry.name;
        paths.insert(path);
        if (entry.type == fs::FileStat::Type::directory) {
            paths.merge(tree_of(root, path));
        }
    }
    return paths;
}

class TargetTest : public testing::Test {
  protected:
    void SetUp() override {
        NEEDS_PYTHON();
        root_ = depot_.path() + "/venv";
        SpawnOptions options;
        options.arguments = {
            interpreters().back().executable, "-I", "-m", "venv", "--without-pip", root_};
        ASSERT_EQ(spawn(options)->exit_code, 0);
        interpreter_ = *python::ask(root_, {});
        target_ = *Target::of_environment(*interpreter_);
        before_ = tree_of(root_);
    }

    Words install(const std::vector<store::WheelEntry>& wheels, const TargetOptions& options = {}) {
        Result<TargetReport> report = install_into(*target_, items_of(wheels), options);
        if (!report) {
            return {report.error().message};
        }
        warnings_ = report->warnings;
        return words_of(*report);
    }
    std::string site(std::string_view path) { return target_->purelib + "/" + std::string(path); }
    std::string run(const std::string& code) {
        return output_of({root_ + "/bin/python", "-B", "-c", code});
    }
    std::string version_of(const std::string& name) {
        return run("import importlib.metadata as m; print(m.version('" + name + "'))");
    }
    /// Every RECORD that is there tells the truth.
    void expect_no_lies() {
        Result<std::vector<InstalledPackage>> packages = scan(*target_);
        ASSERT_TRUE(packages);
        for (const InstalledPackage& package : *packages) {
            EXPECT_TRUE(package.is_whole) << package.info_path;
            for (const OwnedFile& file : package.rows) {
                Result<std::string> content = fs::read(root_ + "/" + file.path);
                ASSERT_TRUE(content) << content.error().message;
                EXPECT_TRUE(file.hash.empty() || content->size() == file.size_bytes) << file.path;
            }
        }
    }

    Depot depot_;
    std::string root_;
    std::optional<python::Interpreter> interpreter_;
    std::optional<Target> target_;
    std::set<std::string> before_;
    std::vector<std::string> warnings_;
};

TEST_F(TargetTest, holds_exactly_what_was_asked_for_each_time) {
    std::vector<store::WheelEntry> first{depot_.simple("alpha"), depot_.simple("beta")};
    EXPECT_EQ(install(first), (Words{"added alpha 1.0", "added beta 1.0"}));
    EXPECT_EQ(version_of("alpha"), "1.0");
    expect_no_lies();
    std::set<std::string> tree = tree_of(root_);
    EXPECT_EQ(install(first), (Words{"kept alpha 1.0", "kept beta 1.0"}));
    EXPECT_EQ(tree_of(root_), tree);
    std::vector<store::WheelEntry> second{depot_.simple("alpha", "2.0"), depot_.simple("gamma")};
    EXPECT_EQ(install(second),
              (Words{"replaced alpha 2.0 (1.0)", "removed beta 1.0", "added gamma 1.0"}));
    EXPECT_EQ(run("import alpha, gamma; print(alpha.version)"), "2.0");
    EXPECT_FALSE(fs::exists(site("beta")));
    EXPECT_FALSE(fs::exists(site("alpha-1.0.dist-info")));
    expect_no_lies();
    EXPECT_EQ(install({}), (Words{"removed alpha 2.0", "removed gamma 1.0"}));
    EXPECT_EQ(tree_of(root_), before_);
}

TEST_F(TargetTest, inexact_keeps_and_dry_run_only_tells) {
    std::vector<store::WheelEntry> first{depot_.simple("alpha")}, second{depot_.simple("beta")};
    EXPECT_EQ(install(first, {.dry_run = true}), (Words{"added alpha 1.0"}));
    EXPECT_EQ(tree_of(root_), before_);
    install(first);
    EXPECT_EQ(install(second, {.inexact = true}), (Words{"added beta 1.0"}));
    EXPECT_TRUE(fs::exists(site("alpha/__init__.py")));
    EXPECT_EQ(install(second, {.dry_run = true}), (Words{"removed alpha 1.0", "kept beta 1.0"}));
    EXPECT_EQ(install(second, {.reinstall = true}),
              (Words{"removed alpha 1.0", "replaced beta 1.0 (1.0)"}));
}

TEST_F(TargetTest, a_lost_or_shortened_file_is_put_back) {
    std::vector<store::WheelEntry> wheels{depot_.simple("alpha")};
    install(wheels);
    ASSERT_TRUE(fs::remove_file(site("alpha/__init__.py")));
    EXPECT_EQ(install(wheels, {.trust_records = true}), (Words{"kept alpha 1.0"}));
    EXPECT_EQ(install(wheels), (Words{"replaced alpha 1.0 (1.0)"}));
    EXPECT_TRUE(fs::exists(site("alpha/__init__.py")));
    ASSERT_TRUE(fs::write_atomic(site("alpha/__init__.py"), ""));
    EXPECT_EQ(install(wheels), (Words{"replaced alpha 1.0 (1.0)"}));
    ASSERT_TRUE(fs::remove_file(site("alpha-1.0.dist-info/RECORD")));
    EXPECT_EQ(install(wheels), (Words{"replaced alpha 1.0 (1.0)"})) << "half of a package";
    expect_no_lies();
}

TEST_F(TargetTest, what_others_installed_is_respected_and_taken_out_by_their_record) {
    std::vector<store::WheelEntry> wheels{depot_.simple("alpha")};
    install(wheels);
    // as pip would have left it: another INSTALLER, bytecode in RECORD
    std::string info = site("alpha-1.0.dist-info/");
    ASSERT_TRUE(fs::write_atomic(info + "INSTALLER", "pip\n"));
    std::string record = *fs::read(info + "RECORD");
    size_t row = record.find("alpha-1.0.dist-info/INSTALLER");
    record.replace(row, record.find('\n', row) - row, "alpha-1.0.dist-info/INSTALLER,,");
    ASSERT_TRUE(fs::write_atomic(info + "RECORD",
                                 record + "alpha/__pycache__/__init__.cpython-312.pyc,,\n"
                                          "../../../../../../tmp/pawl-victim,,\n/etc/passwd,,\n"));
    EXPECT_EQ(install(wheels), (Words{"kept alpha 1.0"}));
    ASSERT_TRUE(fs::make_directories(site("alpha/__pycache__")));
    ASSERT_TRUE(fs::write_new(site("alpha/__pycache__/__init__.cpython-39.pyc"), ""));
    ASSERT_TRUE(fs::write_new(site("alpha/notes.txt"), "a user's own file"));
    EXPECT_EQ(install({}), (Words{"removed alpha 1.0"}));
    EXPECT_TRUE(fs::exists("/etc/passwd"));
    EXPECT_EQ(warnings_.size(), 2u);
    EXPECT_TRUE(fs::exists(site("alpha/notes.txt"))) << "nobody's RECORD names it";
    EXPECT_FALSE(fs::exists(site("alpha/__pycache__")));
    EXPECT_FALSE(fs::exists(site("alpha/__init__.py")));
}

TEST_F(TargetTest, seeds_stay_and_legacy_packages_are_left_alone) {
    std::vector<store::WheelEntry> wheels{depot_.simple("alpha")};
    ASSERT_TRUE(fs::make_directories(site("pip-24.0.dist-info")));
    ASSERT_TRUE(fs::write_new(site("pip-24.0.dist-info/METADATA"), "Name: pip\nVersion: 24.0\n"));
    ASSERT_TRUE(fs::write_new(site("pip-24.0.dist-info/RECORD"), "pip-24.0.dist-info/RECORD,,\n"));
    ASSERT_TRUE(fs::make_directories(site("old-1.0.egg-info")));
    ASSERT_TRUE(fs::write_new(site("old-1.0.egg-info/PKG-INFO"), "Name: old\nVersion: 1.0\n"));
    EXPECT_EQ(install(wheels), (Words{"added alpha 1.0"}));
    ASSERT_EQ(warnings_.size(), 1u);
    EXPECT_NE(warnings_[0].find("old was not removed"), std::string::npos);
    EXPECT_TRUE(fs::exists(site("pip-24.0.dist-info")));
    std::vector<store::WheelEntry> old{depot_.simple("old")};
    Result<TargetReport> report = install_into(*target_, items_of(old));
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, Error::Kind::permission);
}

TEST_F(TargetTest, nobodys_file_is_overwritten) {
    WheelText intruder{.name = "intruder"};
    intruder.files["alpha/__init__.py"] = "stolen = True\n";
    std::vector<store::WheelEntry> alpha{depot_.simple("alpha")};
    std::vector<store::WheelEntry> intruders{depot_.wheel(intruder)};
    install(alpha);
    std::set<std::string> tree = tree_of(root_);
    Result<TargetReport> report = install_into(*target_, items_of(intruders), {.inexact = true});
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, Error::Kind::permission);
    EXPECT_NE(report.error().message.find("belongs to alpha 1.0"), std::string::npos);
    EXPECT_EQ(tree_of(root_), tree);
    // one that leaves makes room
    EXPECT_EQ(install(intruders), (Words{"removed alpha 1.0", "added intruder 1.0"}));
    EXPECT_EQ(run("import alpha; print(alpha.stolen)"), "True");
    install({});
    // a file of the user's own
    ASSERT_TRUE(fs::make_directories(site("alpha")));
    ASSERT_TRUE(fs::write_new(site("alpha/__init__.py"), "mine"));
    report = install_into(*target_, items_of(alpha));
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, Error::Kind::permission);
    EXPECT_EQ(*fs::read(site("alpha/__init__.py")), "mine");
    EXPECT_EQ(install(alpha, {.overwrite = true}), (Words{"added alpha 1.0"}));
}

TEST_F(TargetTest, programs_start_with_this_environments_python) {
    WheelText text{.name = "tool"};
    text.files["tool/__init__.py"] = "import sys\ndef main(): print(sys.prefix)\n";
    text.files["tool-1.0.data/scripts/old"] = "#!python\nimport sys; print(sys.prefix)\n";
    text.files["tool-1.0.data/data/share/tool/x.txt"] = "x";
    text.entry_points = "[console_scripts]\ntool = tool:main\n";
    std::vector<store::WheelEntry> wheels{depot_.wheel(text)};
    EXPECT_EQ(install(wheels), (Words{"added tool 1.0"}));
    EXPECT_EQ(output_of({root_ + "/bin/tool"}), root_);
    EXPECT_EQ(output_of({root_ + "/bin/old"}), root_);
    EXPECT_TRUE(fs::exists(root_ + "/share/tool/x.txt"));
    expect_no_lies();
    install({});
    EXPECT_EQ(tree_of(root_), before_);
}

TEST_F(TargetTest, every_link_mode_gives_the_same_tree) {
    std::vector<store::WheelEntry> wheels{depot_.simple("alpha"), depot_.simple("beta")};
    std::set<std::string> expected;
    for (LinkMode mode : {LinkMode::automatic, LinkMode::reflink, LinkMode::hardlink,
                          LinkMode::copy, LinkMode::symlink}) {
        SCOPED_TRACE(static_cast<int>(mode));
        EXPECT_EQ(install(wheels, {.link_mode = mode, .store = &depot_.store()}).size(), 2u);
        std::set<std::string> tree = tree_of(root_);
        expected = expected.empty() ? tree : expected;
        EXPECT_EQ(tree, expected);
        EXPECT_EQ(run("import alpha, beta; print(alpha.version)"), "1.0");
        fs::FileStat stat = **fs::lstat(site("alpha/__init__.py"));
        EXPECT_EQ(stat.type == fs::FileStat::Type::symlink, mode == LinkMode::symlink);
        if (mode == LinkMode::copy) {
            EXPECT_EQ(stat.links, 1u);
            EXPECT_EQ(stat.mode & 0200, 0200u) << "the user's own copy may be edited";
        }
        install({});
    }
    EXPECT_TRUE(store::verify_wheel(wheels[0]));
}

TEST_F(TargetTest, a_directory_gets_libraries_at_its_top) {
    Result<Target> target = Target::of_directory(depot_.path() + "/vendor/lib", *interpreter_);
    ASSERT_TRUE(target);
    WheelText text{.name = "tool"};
    text.files["tool.py"] = "def main(): print('runs')\n";
    text.entry_points = "[console_scripts]\ntool = tool:main\n";
    std::vector<store::WheelEntry> wheels{depot_.wheel(text), depot_.simple("alpha")};
    Result<TargetReport> report = install_into(*target, items_of(wheels));
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(tree_of(target->root),
              (std::set<std::string>{
                  "alpha", "alpha/__init__.py", "alpha-1.0.dist-info",
                  "alpha-1.0.dist-info/INSTALLER", "alpha-1.0.dist-info/METADATA",
                  "alpha-1.0.dist-info/RECORD", "alpha-1.0.dist-info/WHEEL", "bin", "bin/tool",
                  "tool.py", "tool-1.0.dist-info", "tool-1.0.dist-info/INSTALLER",
                  "tool-1.0.dist-info/METADATA", "tool-1.0.dist-info/RECORD",
                  "tool-1.0.dist-info/WHEEL", "tool-1.0.dist-info/entry_points.txt"}));
    EXPECT_EQ(output_of({"/usr/bin/env", "PYTHONPATH=" + target->root, target->root + "/bin/tool"}),
              "runs");
    Result<TargetReport> again = install_into(*target, items_of(wheels));
    EXPECT_EQ(words_of(*again), (Words{"kept alpha 1.0", "kept tool 1.0"}));
    ASSERT_TRUE(install_into(*target, {}));
    EXPECT_EQ(tree_of(target->root), std::set<std::string>());
    ASSERT_TRUE(fs::write_new(depot_.path() + "/file", ""));
    EXPECT_FALSE(Target::of_directory(depot_.path() + "/file", *interpreter_));
}

TEST_F(TargetTest, links_that_lead_outside_are_never_written_through) {
    std::vector<store::WheelEntry> wheels{depot_.simple("alpha")};
    std::string victim = depot_.path() + "/victim";
    ASSERT_TRUE(fs::make_directories(victim));
    // the package's directory is a link
    ASSERT_TRUE(fs::symlink(victim, site("alpha")));
    Result<TargetReport> report = install_into(*target_, items_of(wheels));
    ASSERT_FALSE(report);
    EXPECT_EQ(tree_of(victim), std::set<std::string>());
    ASSERT_TRUE(fs::remove_file(site("alpha")));
    // it becomes one after the installation
    install(wheels);
    ASSERT_TRUE(fs::remove_tree(site("alpha")));
    ASSERT_TRUE(fs::write_new(victim + "/__init__.py", "precious"));
    ASSERT_TRUE(fs::symlink(victim, site("alpha")));
    EXPECT_EQ(install({}), (Words{"removed alpha 1.0"}));
    EXPECT_EQ(*fs::read(victim + "/__init__.py"), "precious");
    ASSERT_TRUE(fs::remove_file(site("alpha")));
    // site-packages itself leads away
    ASSERT_TRUE(fs::remove_tree(target_->purelib));
    ASSERT_TRUE(fs::symlink(victim, target_->purelib));
    Result<Target> again = Target::of_environment(*python::ask(root_, {}));
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().kind, Error::Kind::refused);
}

TEST_F(TargetTest, environments_of_the_cache_and_of_the_system_are_refused) {
    std::vector<store::WheelEntry> wheels{depot_.simple("alpha")};
    Result<Environment> made =
        make_environment(depot_.store(), interpreters().back(), items_of(wheels));
    ASSERT_TRUE(made);
    Result<Target> target = Target::of_environment(*python::ask(made->path, {}));
    ASSERT_FALSE(target);
    EXPECT_EQ(target.error().kind, Error::Kind::permission);
    python::Interpreter managed = interpreters().back();
    managed.is_externally_managed = true;
    target = Target::of_environment(managed);
    ASSERT_FALSE(target);
    EXPECT_EQ(target.error().kind, Error::Kind::permission);
}

TEST_F(TargetTest, pip_agrees_with_what_is_installed) {
    SpawnOptions seed;
    seed.arguments = {interpreters().back().executable, "-I", "-m", "venv", "--clear", root_};
    Result<SpawnResult> seeded = spawn(seed);
    if (!seeded || seeded->exit_code != 0) {
        GTEST_SKIP() << "NO ENSUREPIP IN THIS PYTHON";
    }
    WheelText text{.name = "tool"};
    text.files["tool/__init__.py"] = "def main(): pass\n";
    text.entry_points = "[console_scripts]\ntool = tool:main\n";
    std::vector<store::WheelEntry> wheels{depot_.simple("alpha"), depot_.wheel(text)};
    EXPECT_EQ(install(wheels), (Words{"added alpha 1.0", "added tool 1.0"}));
    std::vector<std::string> pip{root_ + "/bin/python", "-m", "pip", "--disable-pip-version-check"};
    auto with = [&](std::vector<std::string> more) {
        std::vector<std::string> arguments = pip;
        arguments.insert(arguments.end(), more.begin(), more.end());
        return output_of(arguments);
    };
    EXPECT_NE(with({"list"}).find("alpha"), std::string::npos);
    EXPECT_EQ(with({"check"}), "No broken requirements found.");
    std::string shown = with({"show", "-v", "-f", "tool"});
    EXPECT_NE(shown.find("../../../bin/tool"), std::string::npos) << shown;
    EXPECT_NE(shown.find("Installer: pawl"), std::string::npos) << shown;
    with({"uninstall", "-y", "tool"});
    EXPECT_FALSE(fs::exists(root_ + "/bin/tool"));
    EXPECT_FALSE(fs::exists(site("tool")));
    EXPECT_EQ(install(wheels), (Words{"kept alpha 1.0", "added tool 1.0"}));
}

// --- many at once, and killed
// ---------------------------------------------------------------------

std::vector<store::WheelEntry> generation(Depot& depot, const std::string& version) {
    std::vector<store::WheelEntry> wheels;
    for (int i = 0; i < 8; ++i) {
        std::string number = std::to_string(i);
        WheelText text{.name = "pk" + number, .version = version};
        for (int file = 0; file < 15; ++file) {
            text.files["pk" + number + "/m" + std::to_string(file) + ".py"] =
                "version = '" + version + "'\n";
            text.files["shared/pk" + number + "_" + std::to_string(file) + "_" + version + ".py"] =
                "";
        }
        text.entry_points = "[console_scripts]\nt" + number + " = pk" + number + ".m0:x\n";
        wheels.push_back(depot.wheel(text));
    }
    return wheels;
}

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

TEST_F(TargetTest, killed_at_any_moment_the_next_run_makes_it_right) {
    std::vector<store::WheelEntry> worlds[] = {generation(depot_, "1.0"),
                                               generation(depot_, "2.0")};
    unsigned seed = static_cast<unsigned>(monotonic_ns());
    install(worlds[0]);
    std::set<std::string> trees[2];
    trees[0] = tree_of(root_);
    install(worlds[1]);
    trees[1] = tree_of(root_);
    int killed = 0, finished = 0;
    for (int round = 0; round < 30; ++round) {
        SCOPED_TRACE("seed " + std::to_string(seed) + " round " + std::to_string(round));
        const std::vector<store::WheelEntry>& world = worlds[round % 2];
        pid_t child = in_child([&] { return install_into(*target_, items_of(world)).has_value(); });
        ::usleep(static_cast<useconds_t>(rand_r(&seed) % 12000));
        ::kill(child, SIGKILL);
        killed += status_of(child) != 0 ? 1 : 0;
        expect_no_lies(); // even before anybody repairs
        Result<TargetReport> report = install_into(*target_, items_of(world));
        ASSERT_TRUE(report) << report.error().message;
        finished += std::ranges::any_of(report->warnings, [](const std::string& warning) {
            return warning.find("interrupted") != std::string::npos;
        });
        EXPECT_EQ(tree_of(root_), trees[round % 2]);
        expect_no_lies();
    }
    EXPECT_GT(killed, 5) << "the kills came too late to say anything";
    RecordProperty("finished", finished);
}

TEST_F(TargetTest, many_at_once_end_with_what_one_of_them_wanted) {
    std::vector<store::WheelEntry> worlds[] = {generation(depot_, "1.0"),
                                               generation(depot_, "2.0")};
    std::vector<pid_t> children;
    for (int i = 0; i < 8; ++i) {
        children.push_back(in_child(
            [&, i] { return install_into(*target_, items_of(worlds[i % 2])).has_value(); }));
    }
    for (pid_t child : children) {
        EXPECT_EQ(status_of(child), 0);
    }
    expect_no_lies();
    std::string version = version_of("pk0");
    for (int i = 1; i < 8; ++i) {
        EXPECT_EQ(version_of("pk" + std::to_string(i)), version);
    }
    Result<TargetReport> report = install_into(*target_, items_of(worlds[0]), {.wait_ms_max = 0});
    EXPECT_TRUE(report);
}

TEST_F(TargetTest, a_foreign_journal_or_file_in_the_way_is_harmless) {
    std::vector<store::WheelEntry> wheels{depot_.simple("alpha")};
    std::string work = root_ + "/.pawl-install";
    ASSERT_TRUE(fs::make_directories(work + "/new/lib"));
    ASSERT_TRUE(fs::write_new(work + "/journal", "pawl install journal 1 garbage\n5:/etc/"));
    EXPECT_EQ(install(wheels), (Words{"added alpha 1.0"}));
    EXPECT_FALSE(fs::exists(work));
    ASSERT_TRUE(fs::symlink("/tmp", work));
    Result<TargetReport> report = install_into(*target_, items_of(wheels));
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, Error::Kind::refused);
}

} // namespace
} // namespace pawl::install
