#include "cli/command_line.h"

#include <gtest/gtest.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/commands.h"

namespace pawl::cli {

static CommandLine split(std::vector<std::string> words) {
    std::vector<char*> pointers;
    for (std::string& word : words) {
        pointers.push_back(word.data());
    }
    return split_command_line(pointers);
}

TEST(CommandLine, what_follows_the_script_is_the_scripts) {
    CommandLine line = split({"pawl", "-q", "run", "--python", "3.12", "a.py", "--help", "-q"});
    EXPECT_EQ(line.command, "run");
    EXPECT_EQ(line.options, (std::vector<std::string>{"-q", "--python", "3.12"}));
    EXPECT_EQ(line.program, (std::vector<std::string>{"a.py", "--help", "-q"}));
}

TEST(CommandLine, two_dashes_end_the_options) {
    EXPECT_EQ(split({"pawl", "run", "--", "-x.py", "1"}).program,
              (std::vector<std::string>{"-x.py", "1"}));
    EXPECT_EQ(split({"pawl", "run", "-", "1"}).program, (std::vector<std::string>{"-", "1"}));
}

TEST(CommandLine, a_module_begins_the_program) {
    using Words = std::vector<std::string>;
    CommandLine line = split({"pawl", "run", "-q", "-m", "http.server", "-m", "--help"});
    EXPECT_EQ(line.options, (Words{"-q", "-m"}));
    EXPECT_EQ(line.program, (Words{"http.server", "-m", "--help"}));
    EXPECT_TRUE(is_module_run(line));
    EXPECT_EQ(split({"pawl", "run", "-mhttp.server", "1"}).program, (Words{"http.server", "1"}));
    EXPECT_EQ(split({"pawl", "run", "--module", "a.b"}).program, (Words{"a.b"}));
    EXPECT_FALSE(is_module_run(split({"pawl", "run", "a.py", "-m", "b"})));
    EXPECT_EQ(split({"pawl", "run", "-m"}).program, Words());
}

TEST(CommandLine, options_of_a_run_stand_alone) {
    using Words = std::vector<std::string>;
    EXPECT_EQ(split({"pawl", "-qv", "run", "-Uqp3.12", "-p", "-xy", "a.py"}).options,
              (Words{"-q", "-v", "-U", "-q", "-p3.12", "-p", "-xy"}));
    CommandLine line =
        split({"pawl", "run", "--sha256", "1", "--sha256=2", "--cache-dir", "c", "a"});
    EXPECT_EQ(option_value(line.options, "--sha256"), "2");
    EXPECT_EQ(option_value(line.options, "--cache-dir"), "c");
    EXPECT_EQ(option_value(line.options, "--as-of"), "");
}

TEST(CommandLine, what_asks_for_more_than_the_run_takes_no_stamp) {
    for (const char* option : {"--help", "-h", "-U", "--upgrade", "--refresh", "--watch"}) {
        EXPECT_FALSE(may_use_stamp({"-q", option})) << option;
        EXPECT_TRUE(may_use_stamp({"--with", option})) << option;
    }
    EXPECT_FALSE(may_use_stamp(split({"pawl", "run", "-qU", "a.py"}).options));
    EXPECT_TRUE(may_use_stamp({"--locked", "-q", "--with=rich", "-m"}));
}

TEST(CommandLine, options_of_other_commands_stand_anywhere) {
    CommandLine line = split({"pawl", "--offline", "lock", "a.py", "--check"});
    EXPECT_EQ(line.command, "lock");
    EXPECT_EQ(line.options, (std::vector<std::string>{"--offline", "a.py", "--check"}));
}

TEST(CommandLine, some_commands_have_two_words) {
    CommandLine line = split({"pawl", "-q", "wheel", "lock", "x.whl", "--name", "lts"});
    EXPECT_EQ(line.command, "wheel lock");
    EXPECT_EQ(line.options, (std::vector<std::string>{"-q", "x.whl", "--name", "lts"}));
    EXPECT_EQ(split({"pawl", "wheel", "--help"}).command, "wheel");
}

TEST(CommandLine, its_list_of_options_with_a_value_is_that_of_the_tables) {
    CLI::App table;
    ops::Settings settings;
    find_command("run")->build(table, {});
    CLI::App tool;
    find_command("tool run")->build(tool, {});
    add_common_options(table, settings);
    std::vector<const CLI::Option*> options;
    for (const CLI::App* one : {&table, &tool}) {
        for (const CLI::Option* option : one->get_options()) {
            options.push_back(option);
        }
    }
    for (const CLI::Option* option : options) {
        bool has_value = option->get_items_expected_max() > 0;
        for (const std::string& name : option->get_lnames()) {
            EXPECT_EQ(takes_value("--" + name), has_value) << name;
        }
        for (const std::string& name : option->get_snames()) {
            EXPECT_EQ(takes_value("-" + name), has_value) << name;
        }
    }
}

} // namespace pawl::cli
