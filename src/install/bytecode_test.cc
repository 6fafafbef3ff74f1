#include "install/bytecode.h"

#include <sys/stat.h>
#include <unistd.h>

#include "install/wheels_test.h"

namespace pawl::install {
namespace {

std::vector<store::WheelEntry> some_wheels(Depot& depot) {
    std::vector<store::WheelEntry> wheels;
    for (const char* name : {"a", "b", "c"}) {
        WheelText text{.name = name};
        text.files[std::string(name) + "/__init__.py"] = "x = 1\n";
        text.files[std::string(name) + "/deep/er.py"] = "y = 2\n";
        text.files[std::string(name) + "_top.py"] = "z = 3\n";
        text.files[std::string(name) + "/template.py"] = "{{ not python }}}\n";
        wheels.push_back(depot.wheel(text));
    }
    return wheels;
}

TEST(Bytecode, is_written_once_and_python_takes_it) {
    NEEDS_PYTHON();
    Depot depot;
    std::vector<store::WheelEntry> wheels = some_wheels(depot);
    for (const python::Interpreter& interpreter : interpreters()) {
        SCOPED_TRACE(interpreter.describe());
        Result<BytecodeReport> report = compile_bytecode(interpreter, wheels);
        ASSERT_TRUE(report) << report.error().message;
        EXPECT_EQ(report->failed, report->compiled == 0 ? 0u : 3u);
        EXPECT_TRUE(report->compiled == 9u || report->compiled == 0u);
        Result<BytecodeReport> again = compile_bytecode(interpreter, wheels);
        ASSERT_TRUE(again);
        EXPECT_EQ(again->compiled + again->failed, 0u);
        Result<Environment> made = make_environment(depot.store(), interpreter, items_of(wheels));
        ASSERT_TRUE(made);
        // -v says of every module whether its bytecode matched
        SpawnOptions options;
        options.arguments = {made->executable, "-v", "-c", "import a.deep.er, b, c_top"};
        Result<SpawnResult> ran = spawn(options);
        ASSERT_TRUE(ran);
        for (const char* file : {"a/deep/er.py", "b/__init__.py", "c_top.py"}) {
            std::string path = made->path + "/" + interpreter.scheme.purelib + "/" + file;
            EXPECT_NE(ran->err.find(" matches " + path), std::string::npos) << path;
        }
        EXPECT_TRUE(store::verify_wheel(wheels[0]));
    }
}

/// A script that may write into the store, as root's may, could put there what others import.
TEST(Bytecode, what_lies_there_already_is_not_believed) {
    NEEDS_PYTHON();
    Depot depot;
    std::vector<store::WheelEntry> wheels = some_wheels(depot);
    const python::Interpreter& interpreter = interpreters().back();
    const std::string package = wheels[0].files() + "/a";
    const std::string ending = "." + interpreter.cache_tag + ".pyc";
    const std::string source = package + "/__pycache__/__init__" + ending;
    const std::string none = package + "/__pycache__/template" + ending; // does not compile
    ::chmod(package.c_str(), 0755);
    ASSERT_TRUE(fs::make_directories(package + "/__pycache__"));
    ASSERT_TRUE(fs::write_new(source, "of another hand"));
    ASSERT_TRUE(fs::symlink("/nowhere", none));
    ASSERT_TRUE(compile_bytecode(interpreter, wheels));
    EXPECT_EQ(fs::read(source)->find("of another hand"), std::string::npos);
    EXPECT_FALSE(*fs::lstat(none));
}

/// One odd wheel does not keep the others of its batch from being compiled.
TEST(Bytecode, what_leaves_no_place_for_bytecode_goes_without) {
    NEEDS_PYTHON();
    for (const python::Interpreter& interpreter : interpreters()) {
        SCOPED_TRACE(interpreter.describe());
        if (interpreter.cache_tag.empty()) {
            continue;
        }
        Depot depot;
        std::vector<store::WheelEntry> wheels = some_wheels(depot);
        WheelText text{.name = "odd"};
        const std::string ending = "." + interpreter.cache_tag + ".pyc";
        text.files["odd/__init__.py"] = "x = 1\n";
        text.files["odd/__pycache__/__init__" + ending + "/x.txt"] = "a directory\n";
        text.files["odd/template.py"] = "{{ not python }}}\n";
        text.files["odd/__pycache__/template" + ending + "/x.txt"] = "a directory\n";
        text.files["odd/deep/er.py"] = "y = 2\n";
        text.files["odd/deep/__pycache__"] = "no directory\n";
        text.files["odd/" + std::string(245, 'x') + ".py"] = "z = 3\n";
        text.files["odd/good.py"] = "z = 3\n";
        wheels.push_back(depot.wheel(text));
        Result<BytecodeReport> report = compile_bytecode(interpreter, wheels);
        ASSERT_TRUE(report) << report.error().message;
        EXPECT_EQ(report->compiled, 9u + 1);
        EXPECT_EQ(report->failed, 3u + 4);
        for (const store::WheelEntry& wheel : wheels) {
            EXPECT_TRUE(store::has_mark(wheel, "compiled-" + interpreter.cache_tag));
            EXPECT_TRUE(store::verify_wheel(wheel));
        }
    }
}

TEST(Bytecode, many_processes_at_once_do_it_once) {
    NEEDS_PYTHON();
    Depot depot;
    std::vector<store::WheelEntry> wheels = some_wheels(depot);
    std::vector<store::WheelEntry> reversed(wheels.rbegin(), wheels.rend());
    const python::Interpreter& interpreter = interpreters().back();
    compile_bytecode_later(interpreter, reversed);
    Result<BytecodeReport> report = compile_bytecode(interpreter, wheels);
    ASSERT_TRUE(report) << report.error().message;
    for (const store::WheelEntry& wheel : wheels) {
        EXPECT_TRUE(store::has_mark(wheel, "compiled-" + interpreter.cache_tag));
    }
}

TEST(Bytecode, a_python_that_cannot_start_is_an_error_and_leaves_no_mark) {
    Depot depot;
    std::vector<store::WheelEntry> wheels = some_wheels(depot);
    python::Interpreter broken{.base_executable = "/nowhere/python",
                               .version = *pep::Version::parse("3.12.1"),
                               .cache_tag = "cpython-312"};
    EXPECT_FALSE(compile_bytecode(broken, wheels));
    EXPECT_FALSE(store::has_mark(wheels[0], "compiled-cpython-312"));
}

} // namespace
} // namespace pawl::install
