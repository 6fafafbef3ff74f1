#include "wheel/carried_lock.h"

#include <gtest/gtest.h>

#include "base/check.h"

namespace pawl::wheel {
namespace {

pep::CoreMetadata demo(const std::string& more = "Requires-Dist: click>=8\n"
                                                 "Requires-Dist: colorama; sys_platform=='win32'\n"
                                                 "Requires-Dist: rich>=10; extra == 'color'\n"
                                                 "Provides-Extra: color\n"
                                                 "Requires-Python: >=3.9\n") {
    Result<pep::CoreMetadata> metadata =
        pep::CoreMetadata::parse("Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n" + more);
    check(metadata.has_value());
    return std::move(*metadata);
}

std::string entry(const std::string& name, const std::string& version,
                  const std::string& more = "") {
    return "[[packages]]\nname = \"" + name + "\"\nversion = \"" + version + "\"\n" + more +
           "[[packages.wheels]]\nurl = \"https://files.example/" + name + "-" + version +
           "-py3-none-any.whl\"\nhashes = {sha256 = \"" + std::string(64, 'a') + "\"}\n";
}

const std::string head = "lock-version = \"1.0\"\ncreated-by = \"test\"\n";
const std::string windows = "marker = \"sys_platform == 'win32'\"\n";

Result<CarriedLock> read(const std::string& packages, const pep::CoreMetadata& wheel = demo(),
                         const std::string& top = head) {
    return read_carried_lock(top + packages, wheel);
}

#define EXPECT_KIND(result, expected)                                                              \
    {                                                                                              \
        auto got = (result);                                                                       \
        ASSERT_FALSE(got);                                                                         \
        EXPECT_EQ(got.error().kind, expected) << got.error().message;                              \
    }

TEST(CarriedLock, one_that_fits_is_taken) {
    Result<CarriedLock> carried = read(entry("click", "8.1") + entry("colorama", "0.4", windows));
    ASSERT_TRUE(carried) << carried.error().message;
    EXPECT_EQ(carried->lock.packages.size(), 2U);
    EXPECT_FALSE(carried->named_itself);
    EXPECT_TRUE(carried->warnings.empty());
}

TEST(CarriedLock, the_wheel_itself_is_taken_out_when_it_agrees) {
    Result<CarriedLock> same =
        read(entry("click", "8.1") + entry("demo", "1.0") + entry("colorama", "0.4", windows));
    ASSERT_TRUE(same) << same.error().message;
    EXPECT_TRUE(same->named_itself);
    EXPECT_EQ(same->lock.packages.size(), 2U);
    Result<CarriedLock> tree =
        read(entry("click", "8.1") + entry("colorama", "0.4", windows) +
             "[[packages]]\nname = \"demo\"\ndirectory = {path = \".\", editable = true}\n");
    ASSERT_TRUE(tree) << tree.error().message;
    EXPECT_TRUE(tree->named_itself);
    EXPECT_KIND(read(entry("click", "8.1") + entry("demo", "1.1")), Error::Kind::integrity);
}

TEST(CarriedLock, a_lock_of_something_else_is_refused) {
    EXPECT_KIND(read("packages = []\n"), Error::Kind::integrity);
    EXPECT_KIND(read(entry("flask", "3.0")), Error::Kind::integrity);
    EXPECT_KIND(read(entry("click", "7.0")), Error::Kind::integrity);
    EXPECT_KIND(read(entry("click", "8.1") + "[tool.pawl]\nproject = \"other\"\n"),
                Error::Kind::integrity);
    EXPECT_TRUE(read(entry("click", "8.1") + "[tool.pawl]\nproject = \"demo\"\n"));
    EXPECT_KIND(read("", demo(), "lock-version = \"2.0\"\ncreated-by = \"test\"\n"),
                Error::Kind::input);
    EXPECT_KIND(read("", demo(), "no TOML"), Error::Kind::input);
}

TEST(CarriedLock, what_is_left_out_on_some_platform_is_a_warning) {
    Result<CarriedLock> carried = read(entry("click", "8.1"));
    ASSERT_TRUE(carried) << carried.error().message;
    ASSERT_EQ(carried->warnings.size(), 1U);
    EXPECT_EQ(carried->warnings[0], "the lock has no colorama where sys_platform == \"win32\", and "
                                    "the wheel needs it there");
    // Not where the lock does not hold.
    Result<CarriedLock> linux = read(entry("click", "8.1"), demo(),
                                     head + "environments = [\"sys_platform == 'linux'\"]\n");
    ASSERT_TRUE(linux) << linux.error().message;
    EXPECT_TRUE(linux->warnings.empty());
}

TEST(CarriedLock, an_extra_counts_when_the_lock_has_it) {
    std::string both = entry("click", "8.1") + entry("colorama", "0.4", windows);
    std::string color = "marker = \"'color' in extras\"\n";
    std::string with_extra = head + "extras = [\"color\"]\ndependency-groups = []\n";
    EXPECT_TRUE(read(both + entry("rich", "13.0", color), demo(), with_extra));
    EXPECT_KIND(read(both + entry("rich", "9.0", color), demo(), with_extra),
                Error::Kind::integrity);
    EXPECT_KIND(read(both, demo(), with_extra), Error::Kind::integrity);
}

TEST(CarriedLock, no_path_leads_out_of_a_wheel) {
    std::string hashes = "hashes = {sha256 = \"" + std::string(64, 'a') + "\"}\n";
    for (std::string source :
         {std::string("directory = {path = \"sub\"}\n"),
          "archive = {path = \"click-8.1.tar.gz\", hashes = {sha256 = \"" + std::string(64, 'a') +
              "\"}}\n",
          "vcs = {type = \"git\", path = \"sub\", commit-id = \"" + std::string(40, 'a') + "\"}\n",
          "version = \"8.1\"\n[[packages.wheels]]\npath = \"click-8.1-py3-none-any.whl\"\n" +
              hashes,
          "version = \"8.1\"\n[packages.sdist]\npath = \"click-8.1.tar.gz\"\n" + hashes}) {
        EXPECT_KIND(read("[[packages]]\nname = \"click\"\n" + source), Error::Kind::refused);
    }
    EXPECT_KIND(read("[[packages]]\nname = \"click\"\nversion = \"8.1\"\n[[packages.wheels]]\nurl "
                     "= \"http://169.254.169.254/click-8.1-py3-none-any.whl\"\n" +
                     hashes),
                Error::Kind::refused);
}

TEST(CarriedLock, must_be_for_all_pythons_of_the_wheel) {
    auto lock_for = [](const std::string& pythons) {
        Result<CarriedLock> carried =
            read(entry("click", "8.1"), demo(), head + "requires-python = \"" + pythons + "\"\n");
        check(carried.has_value());
        return std::move(carried->lock);
    };
    for (std::string_view wide : {">=3.9", ">=3.8", "", ">=3"}) {
        EXPECT_TRUE(check_pythons(lock_for(std::string(wide)), demo())) << wide;
    }
    for (std::string_view narrow : {">=3.10", "==3.12.*", ">=3.9,<3.13"}) {
        EXPECT_KIND(check_pythons(lock_for(std::string(narrow)), demo()), Error::Kind::integrity);
    }
}

TEST(CarriedLock, what_is_chosen_here_must_be_all_that_the_wheel_needs_here) {
    Result<CarriedLock> carried = read(entry("click", "8.1") + entry("rich", "13.0"));
    ASSERT_TRUE(carried) << carried.error().message;
    pep::MarkerEnvironment environment;
    environment.sys_platform = "linux";
    environment.python_full_version = "3.12.1";
    environment.python_version = "3.12";
    ChosenFor here{.environment = &environment, .extras = {}};
    const lock::Package* click = &carried->lock.packages[0];
    const lock::Package* rich = &carried->lock.packages[1];
    EXPECT_TRUE(check_chosen({click}, demo(), here));
    EXPECT_KIND(check_chosen({}, demo(), here), Error::Kind::integrity);
    here.extras = {"color"};
    EXPECT_KIND(check_chosen({click}, demo(), here), Error::Kind::integrity);
    EXPECT_TRUE(check_chosen({click, rich}, demo(), here));
    environment.sys_platform = "win32";
    EXPECT_KIND(check_chosen({click, rich}, demo(), here), Error::Kind::integrity);
}

TEST(CarriedLock, says_which_hosts_it_leads_to) {
    std::string elsewhere = "[[packages]]\nname = \"rich\"\nvcs = {type = \"git\", url = "
                            "\"https://code.example/rich.git\", commit-id = \"" +
                            std::string(40, 'b') + "\"}\n";
    Result<CarriedLock> carried =
        read(entry("click", "8.1") + entry("colorama", "0.4") + elsewhere);
    ASSERT_TRUE(carried) << carried.error().message;
    std::vector<HostUse> hosts = hosts_of(carried->lock);
    ASSERT_EQ(hosts.size(), 2U);
    EXPECT_EQ(hosts[0].host, "code.example");
    EXPECT_EQ(hosts[0].files[0].package->name.str(), "rich");
    EXPECT_EQ(hosts[1].host, "files.example");
    ASSERT_EQ(hosts[1].files.size(), 2U);
    EXPECT_EQ(hosts[1].files[0].hash, "sha256:" + std::string(64, 'a'));
}

} // namespace
} // namespace pawl::wheel
