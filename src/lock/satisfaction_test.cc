#include "lock/satisfaction.h"

#include <gtest/gtest.h>

#include <deque>

#include "lock/test_support.h"

namespace pawl::lock {
namespace {

std::vector<pep::Requirement> requirements(std::initializer_list<std::string_view> texts) {
    std::vector<pep::Requirement> list;
    for (std::string_view text : texts) {
        list.push_back(*pep::Requirement::parse(text));
    }
    return list;
}

struct Given {
    std::deque<Distribution> distributions;
    Question question;
    std::set<std::string> extras;

    Given& add(std::string_view name, std::string_view version,
               std::initializer_list<std::string_view> needs = {}, std::string source = "") {
        distributions.push_back({pep::Name::of(name), *pep::Version::parse(version),
                                 std::move(source), requirements(needs)});
        return *this;
    }
    /// The messages, one a line.
    std::string faults() const {
        Choice choice;
        for (const Distribution& one : distributions) {
            choice.emplace(one.name.str(), &one);
        }
        Point point{linux_environment(), {}};
        point.context.extras = extras;
        std::string text;
        for (const Fault& fault : faults_of(choice, question, point)) {
            text += fault.message + "\n";
        }
        return text;
    }
};

Given asked(std::initializer_list<std::string_view> roots) {
    Given given;
    given.question.roots = requirements(roots);
    return given;
}

TEST(Satisfaction, everything_that_is_needed_and_nothing_else) {
    EXPECT_EQ(asked({"a"}).add("a", "1", {"b>=2"}).add("b", "2", {"a"}).faults(), "");
    EXPECT_EQ(asked({"a"}).add("a", "1", {"b>=2"}).faults(),
              "a 1 needs b>=2, and it is not there\n");
    EXPECT_EQ(asked({"a", "c"}).add("a", "1", {"b>=2"}).add("b", "1").faults(),
              "you ask for c, and it is not there\na 1 needs b>=2, and there is b 1\n");
    // A cycle that nothing leads to is not needed.
    EXPECT_EQ(asked({"a"}).add("a", "1").add("x", "1", {"y"}).add("y", "1", {"x"}).faults(),
              "x 1 is there, and nobody needs it\ny 1 is there, and nobody needs it\n");
}

TEST(Satisfaction, markers_and_extras) {
    EXPECT_EQ(asked({"a; os_name == 'nt'"}).faults(), "");
    EXPECT_EQ(asked({"a"}).add("a", "1", {"b; python_version < '3.12'"}).faults(), "");
    Given plain = asked({"a"}).add("a", "1", {"b; extra == 'X-y'", "c; extra == 'z'"});
    EXPECT_EQ(plain.faults(), "");
    plain.question.roots = requirements({"a[x_y]"});
    EXPECT_EQ(plain.faults(), "a 1 needs b; extra == \"x-y\", and it is not there\n");
    Given lock = asked({"a", "b; 'web' in extras"}).add("a", "1");
    EXPECT_EQ(lock.faults(), "");
    lock.extras = {"web"};
    EXPECT_EQ(lock.faults(), "you ask for b; \"web\" in extras, and it is not there\n");
}

TEST(Satisfaction, constraints_overrides_and_excludes) {
    Given given = asked({"a"}).add("a", "1", {"b>=2; extra == 'x'", "c>=2"}).add("c", "1");
    EXPECT_EQ(given.faults(), "a 1 needs c>=2, and there is c 1\n");
    given.question.overrides = requirements({"c<2", "b; os_name == 'nt'"});
    EXPECT_EQ(given.faults(), "");
    given.question.constraints = requirements({"c!=1", "a>1; os_name == 'nt'"});
    EXPECT_EQ(given.faults(), "c 1 breaks the constraint c!=1\n");
    given.question.constraints.clear();
    given.question.excludes = {"c"};
    EXPECT_EQ(given.faults(), "c 1 is there, and nobody needs it\n");
    // An override of what only an extra brings needs the extra still.
    given = asked({"a"}).add("a", "1", {"b>=2; extra == 'x'"});
    given.question.overrides = requirements({"b"});
    EXPECT_EQ(given.faults(), "");
    given.question.roots = requirements({"a[x]"});
    EXPECT_EQ(given.faults(), "a 1 needs b, and it is not there\n");
}

TEST(Satisfaction, direct_sources) {
    const std::string url = "https://example.org/b-1.zip";
    EXPECT_EQ(asked({"b @ https://example.org/b-1.zip"}).add("b", "1", {}, url).faults(), "");
    EXPECT_EQ(asked({"b"}).add("b", "1", {}, url).faults(), "b 1 comes from the wrong source\n");
    EXPECT_EQ(asked({"b @ https://example.org/b-1.zip"}).add("b", "1").faults(),
              "you ask for b @ https://example.org/b-1.zip, and there is b 1\n"
              "b 1 comes from the wrong source\n");
    // Only who came from an address may name addresses.
    EXPECT_EQ(asked({"a"})
                  .add("a", "1", {"b @ https://example.org/b-1.zip"})
                  .add("b", "1", {}, url)
                  .faults(),
              "b 1 comes from the wrong source\n");
}

} // namespace
} // namespace pawl::lock
