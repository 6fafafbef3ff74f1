// Requirements files on a disk of their own.

#include "project/requirements_file.h"

#include <cstdlib>
#include <map>

#include <gtest/gtest.h>

#include "base/fs.h"
#include "base/text.h"

namespace pawl::project {
namespace {

const std::string hash_a = "sha256:" + std::string(64, 'a');
const std::string hash_b = "sha256:" + std::string(64, 'b');

/// A directory of files; $DIR in texts stands for it.
class Files {
  public:
    Files() : directory_(*fs::TemporaryDirectory::create("/tmp", "pawl-project-")) {
        options_.directory = *fs::real_path(directory_.path());
        options_.variable = [this](std::string_view name) -> std::optional<std::string> {
            auto found = variables.find(std::string(name));
            return found == variables.end() ? std::nullopt : std::optional(found->second);
        };
    }

    Files& add(std::string_view name, std::string_view content) {
        std::string path = options_.directory + "/" + std::string(name);
        EXPECT_TRUE(fs::make_directories(fs::parent(path)));
        EXPECT_TRUE(fs::remove_file(path));
        EXPECT_TRUE(fs::write_new(path, content)); // no fsync: some tests make a thousand
        return *this;
    }

    Result<RequirementsFile> read(std::vector<std::string> files = {"r.txt"},
                                  std::vector<std::string> constraints = {}) {
        return read_requirements_files(files, constraints, options_);
    }

    /// What r.txt with this text comes to, one word a requirement, or "error: …" (first line).
    std::string shown(std::string_view text) {
        add("r.txt", text);
        Result<RequirementsFile> file = read();
        if (!file) {
            return "error: " + error_of(file);
        }
        std::string all;
        for (const FileRequirement& one : file->requirements) {
            all += (all.empty() ? "" : " | ") + std::string(one.editable ? "-e " : "") +
                   replace_all(one.requirement.str(), options_.directory, "$DIR");
        }
        return all;
    }

    std::string error_of(const Result<RequirementsFile>& file) {
        std::string message = file ? "no error" : file.error().message;
        return replace_all(message.substr(0, message.find('\n')), options_.directory, "$DIR");
    }

    const std::string& directory() const { return options_.directory; }
    const RequirementsOptions& options() const { return options_; }

    std::map<std::string, std::string> variables;

  private:
    fs::TemporaryDirectory directory_;
    RequirementsOptions options_;
};

struct FormCase {
    std::string_view text, result;
};

const FormCase form_cases[] = {
    {"six", "six"},
    {"six>=1,<2", "six<2,>=1"},
    {"six [x,y] == 1.* ; python_version < '3'", "six[x,y]==1.*; python_version < \"3\""},
    {"six(>=1)", "six>=1"},
    {"a\nb\n\nc", "a | b | c"},
    {"a @ https://h/a-1.zip", "a @ https://h/a-1.zip"},
    {"a@https://h/a-1.zip", "a @ https://h/a-1.zip"},
    {"a[x] @ https://h/a-1.zip ; os_name == 'nt'", "a[x] @ https://h/a-1.zip ; os_name == \"nt\""},
    {"https://h/six-1.16.0-py2.py3-none-any.whl",
     "six @ https://h/six-1.16.0-py2.py3-none-any.whl"},
    {"https://h/x%2By-1.0.tar.gz#sha256=ab", "error: r.txt:1: "},
    {"https://h/x_y-1.0.tar.gz#sha256=ab", "x-y @ https://h/x_y-1.0.tar.gz#sha256=ab"},
    {"https://h/main.zip", "error: r.txt:1: \"main.zip\" does not say which project it is"},
    {"https://h/main.zip#egg=spam", "spam @ https://h/main.zip"},
    {"https://h/main.zip#egg=spam[x,y]&subdirectory=a",
     "spam[x,y] @ https://h/main.zip#subdirectory=a"},
    {"https://h/m.zip#subdirectory=a&egg=spam ; os_name == 'nt'",
     "spam @ https://h/m.zip#subdirectory=a ; os_name == \"nt\""},
    {"https://h/m.zip?a=1;b=2#egg=spam", "spam @ https://h/m.zip?a=1;b=2"},
    {"https://h/m.zip#egg=spam%3Bx", "error: r.txt:1: \"#egg=spam;x\" must be a name"},
    {"https://h/m.zip#egg=spam@x", "error: r.txt:1: "},
    {"git+https://h/x.git@v1#egg=spam", "spam @ git+https://h/x.git@v1"},
    {"git+ssh://git@h/x.git#egg=spam", "spam @ git+ssh://git@h/x.git"},
    {"git+https://h/x.git", "error: r.txt:1: the address does not say which project it is"},
    {"spam @ git+https://h/x.git@main", "spam @ git+https://h/x.git@main"},
    {"-e git+https://h/x.git#egg=spam", "-e spam @ git+https://h/x.git"},
    {"-e spam @ git+https://h/x.git", "-e spam @ git+https://h/x.git"},
    {"./lib", "my-lib @ file://$DIR/lib"},
    {"lib/", "my-lib @ file://$DIR/lib"},
    {"./lib[x]", "my-lib[x] @ file://$DIR/lib"},
    {"./lib[x] ; os_name == 'nt'", "my-lib[x] @ file://$DIR/lib ; os_name == \"nt\""},
    {"./lib;os_name == 'nt'", "my-lib @ file://$DIR/lib ; os_name == \"nt\""},
    {"./old", "old-lib @ file://$DIR/old"},
    {"./bare", "error: r.txt:1: $DIR/bare: only a build could tell the project's name"},
    {"./none", "error: r.txt:1: $DIR/none: the directory holds no pyproject.toml and no"},
    {"bare-name @ ./bare", "bare-name @ file://$DIR/bare"},
    {"spam @ file:lib", "spam @ file://$DIR/lib"},
    {"file:lib", "my-lib @ file://$DIR/lib"},
    {"./missing", "error: r.txt:1: there is no file or directory \"./missing\""},
    {"missing.whl", "error: r.txt:1: there is no file or directory \"missing.whl\""},
    {"-e lib", "-e my-lib @ file://$DIR/lib"},
    {"-e ./lib[x]", "-e my-lib[x] @ file://$DIR/lib"},
    {"-elib", "-e my-lib @ file://$DIR/lib"},
    {"--editable lib", "-e my-lib @ file://$DIR/lib"},
    {"--editable=lib", "-e my-lib @ file://$DIR/lib"},
    {"-e \"my dir\"", "-e blank @ file://$DIR/my%20dir"},
    {"./my dir", "blank @ file://$DIR/my%20dir"},
    {"-e ./lib ; python_version > \"3\"", "-e my-lib @ file://$DIR/lib ; python_version > \"3\""},
    {"-e \"./lib ; python_version > '3'\"", "-e my-lib @ file://$DIR/lib ; python_version > \"3\""},
    {"-e six", "error: r.txt:1: there is no file or directory \"six\""},
    {"-e dist/six-1.16.0-py2.py3-none-any.whl", "error: r.txt:1: \"dist/six-1.16.0-py2.py3-"},
    {"-e https://h/six-1.tar.gz", "error: r.txt:1: a file from a URL cannot be editable"},
    {"dist/six-1.16.0-py2.py3-none-any.whl",
     "six @ file://$DIR/dist/six-1.16.0-py2.py3-none-any.whl"},
    {"dist/a_b-1.0.tar.gz", "a-b @ file://$DIR/dist/a_b-1.0.tar.gz"},
    {"dist/odd.zip", "error: r.txt:1: \"odd.zip\" does not say which project it is"},
    {"odd @ dist/odd.zip", "odd @ file://$DIR/dist/odd.zip"},
    {"ftp://h/x", "error: r.txt:1: \"ftp\" is no scheme that pawl can fetch from"},
    {"x:y", "error: r.txt:1: "},
    {"six=1", "error: r.txt:1: \"six=1\" is not a requirement"},
    {"a b", "error: r.txt:1: \"a b\" is not a requirement"},
    {"-6", "error: r.txt:1: \"-6\" is no option of a requirements file"},
};

TEST(RequirementsFile, takes_every_form_of_requirement) {
    Files files;
    files.add("lib/pyproject.toml", "[project]\nname = 'My.Lib'\nversion = '1'\n");
    files.add("old/setup.cfg", "[metadata]\nversion = 1\nname = old_lib\n[options]\nname = no\n");
    files.add("bare/setup.py", "");
    files.add("none/x", "");
    files.add("my dir/pyproject.toml", "[project]\nname = 'blank'\nversion = '1'\n");
    files.add("dist/six-1.16.0-py2.py3-none-any.whl", "");
    files.add("dist/a_b-1.0.tar.gz", "");
    files.add("dist/odd.zip", "");
    for (const FormCase& one : form_cases) {
        SCOPED_TRACE(one.text);
        std::string result = files.shown(one.text);
        bool is_error = one.result.starts_with("error");
        EXPECT_EQ(is_error ? result.substr(0, one.result.size()) : result, one.result);
    }
}

TEST(RequirementsFile, names_the_line_of_every_mistake) {
    Files files;
    const FormCase cases[] = {
        {"a\n\n# c\nb==\n", "error: r.txt:4: "},
        {"a\nb \\\n  ==\n", "error: r.txt:2: "},
        {"--frob", "error: r.txt:1: \"--frob\" is no option of a requirements file"},
        {"a\n--index-url", "error: r.txt:2: --index-url needs a value"},
        {"--index-url=", "error: r.txt:1: --index-url needs a value"},
        {"--pre=x", "error: r.txt:1: --pre takes no value"},
        {"--index-url https://a b", "error: r.txt:1: \"b\" behind --index-url belongs to nothing"},
        {"--pre six", "error: r.txt:1: \"six\" behind --pre belongs to nothing"},
        {"-r", "error: r.txt:1: -r needs a value"},
        {"-e", "error: r.txt:1: -e needs a value"},
        {"--pre -e .", "error: r.txt:1: -e: it must be the first option of its line"},
        {"a --index-url https://h", "error: r.txt:1: --index-url holds for all requirements"},
        {"a --pre", "error: r.txt:1: --pre holds for all requirements"},
        {"a\n--hash=sha256:00", "error: r.txt:2: --hash belongs behind a requirement"},
        {"a==1 --hash=sha256:00", "error: r.txt:1: --hash: "},
        {"a==1 --hash=md5:00000000000000000000000000000000",
         "error: r.txt:1: --hash: md5 is not an algorithm to rely on"},
        {"a==1 -C x", "error: r.txt:1: -C needs KEY=VALUE"},
        {"a==1 'x", "error: r.txt:1: "},
        {"a==1 --hash 'x", "error: r.txt:1: a ' is never closed"},
        {"-r https://h/r.txt", "error: r.txt:1: -r \"https://h/r.txt\" is a URL"},
        {"-r none.txt", "error: r.txt:1: there is no file none.txt"},
        {"--no-binary !", "error: r.txt:1: --no-binary: "},
    };
    for (const FormCase& one : cases) {
        SCOPED_TRACE(one.text);
        EXPECT_EQ(files.shown(one.text).substr(0, one.result.size()), one.result);
    }
    Result<RequirementsFile> absent = files.read({"absent.txt"});
    ASSERT_FALSE(absent);
    EXPECT_EQ(absent.error().kind, Error::Kind::usage);
    EXPECT_EQ(files.error_of(absent), "there is no file absent.txt");
}

TEST(RequirementsFile, keeps_options_with_their_lines) {
    Files files;
    files.add("wheels/x", "");
    files.add("r.txt", "-i https://a/simple\n"
                       "--index-url=https://b/simple\n"
                       "--extra-index-url https://c/ --extra-index-url 'https://d/'\n"
                       "-f wheels\n--find-links https://e/links\n"
                       "--no-index\n--pre\n--prefer-binary\n--require-hashes\n"
                       "--trusted-host h:80\n--use-feature x\n"
                       "--no-binary A_b,c --only-binary=c,D\n");
    Result<RequirementsFile> file = files.read();
    ASSERT_TRUE(file) << file.error().message;
    ASSERT_TRUE(file->index_url);
    EXPECT_EQ(file->index_url->value, "https://b/simple");
    EXPECT_EQ(file->index_url->at.str(), "r.txt:2");
    ASSERT_EQ(file->extra_index_urls.size(), 2u);
    EXPECT_EQ(file->extra_index_urls[1].value, "https://d/");
    ASSERT_EQ(file->find_links.size(), 2u);
    EXPECT_EQ(file->find_links[0].value, files.directory() + "/wheels");
    EXPECT_EQ(file->find_links[1].value, "https://e/links");
    ASSERT_EQ(file->trusted_hosts.size(), 1u);
    EXPECT_EQ(file->trusted_hosts[0].value, "h:80");
    EXPECT_TRUE(file->no_index && file->prereleases && file->require_hashes);
    EXPECT_EQ(file->no_binary.names, std::set<pep::Name>({pep::Name::of("a-b")}));
    EXPECT_EQ(file->only_binary.names,
              std::set<pep::Name>({pep::Name::of("c"), pep::Name::of("d")}));
}

TEST(RequirementsFile, the_later_word_on_formats_wins) {
    struct Case {
        std::string_view text, no_binary, only_binary;
    };
    const Case cases[] = {
        {"--no-binary :all:", "*", ""},
        {"--only-binary :all:", "", "*"},
        {"--no-binary :all: --only-binary :all:", "", "*"},
        {"--no-binary :all:\n--only-binary a", "*", "a"},
        {"--no-binary a --no-binary :none:", "", ""},
        {"--no-binary a,b --only-binary b", "a", "b"},
        {"--only-binary a,:all:,b", "", "*b"},
        {"--only-binary ,", "", ""},
    };
    auto text_of = [](const FormatControl& control) {
        std::string text = control.all ? "*" : "";
        for (const pep::Name& name : control.names) {
            text += name.str();
        }
        return text;
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(one.text);
        Files files;
        files.add("r.txt", one.text);
        Result<RequirementsFile> file = files.read();
        ASSERT_TRUE(file) << file.error().message;
        EXPECT_EQ(text_of(file->no_binary), one.no_binary);
        EXPECT_EQ(text_of(file->only_binary), one.only_binary);
    }
}

TEST(RequirementsFile, keeps_what_stands_behind_a_requirement) {
    Files files;
    files.add("r.txt", "six==1.0 ; os_name == 'nt' \\\n  --hash=" + hash_a + " \\\n  --hash " +
                           hash_b +
                           "\n  # via spam\nfoo --config-settings \"a=b c\" -C x=y "
                           "--global-option=--no-user\n");
    Result<RequirementsFile> file = files.read();
    ASSERT_TRUE(file) << file.error().message;
    ASSERT_EQ(file->requirements.size(), 2u);
    EXPECT_EQ(file->requirements[0].hashes.size(), 2u);
    EXPECT_EQ(file->requirements[0].hashes[1].hex, std::string(64, 'b'));
    EXPECT_EQ(file->requirements[0].at.str(), "r.txt:1");
    EXPECT_EQ(file->requirements[1].at.str(), "r.txt:5");
    EXPECT_EQ(file->requirements[1].config_settings, std::vector<std::string>({"a=b c", "x=y"}));
    EXPECT_EQ(file->requirements[1].global_options, std::vector<std::string>({"--no-user"}));
}

TEST(RequirementsFile, a_hash_needs_one_version) {
    Files files;
    files.add("lib/pyproject.toml", "[project]\nname = 'lib'\nversion = '1'\n");
    struct Case {
        std::string_view requirement;
        bool is_fine;
    };
    const Case cases[] = {
        {"six==1.0", true},     {"six===1.0", true},
        {"six==1.0,!=2", true}, {"six @ https://h/six-1.zip", true},
        {"six", false},         {"six>=1", false},
        {"six==1.*", false},    {"x @ git+https://h/x", false},
        {"-e lib", false},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(one.requirement);
        std::string result = files.shown(std::string(one.requirement) + " --hash=" + hash_a);
        EXPECT_EQ(!result.starts_with("error"), one.is_fine) << result;
    }
}

TEST(RequirementsFile, includes_are_relative_to_the_file_that_has_them) {
    Files files;
    files.add("r.txt", "a\n-r sub/b.txt\n-c sub/deep/c.txt\nz\n");
    files.add("sub/b.txt", "b\n-r deep/d.txt\n--requirement=../e.txt\n");
    files.add("sub/deep/c.txt", "c<1\n-r more.txt\n");
    files.add("sub/deep/more.txt", "m<2\n");
    files.add("sub/deep/d.txt", "d==\n");
    files.add("e.txt", "e\n");
    EXPECT_EQ(files.error_of(files.read()).substr(0, 17), "sub/deep/d.txt:1:");
    files.add("sub/deep/d.txt", "d\n");
    Result<RequirementsFile> file = files.read();
    ASSERT_TRUE(file) << file.error().message;
    std::string names;
    for (const FileRequirement& one : file->requirements) {
        names += one.requirement.name.str() + " " + one.at.str() + "; ";
    }
    EXPECT_EQ(names, "a r.txt:1; b sub/b.txt:1; d sub/deep/d.txt:1; e sub/../e.txt:1; z r.txt:4; ");
    ASSERT_EQ(file->constraints.size(), 2u); // whichever option includes a constraints file's file
    EXPECT_EQ(file->constraints[1].requirement.name.str(), "m");
    EXPECT_EQ(file->files.size(), 6u);
}

TEST(RequirementsFile, relative_paths_are_found_as_pip_finds_them) {
    Files files;
    for (std::string_view place : {"lib", "sub/lib", "sub/only"}) {
        std::string name = replace_all(place, "/", "-");
        files.add(std::string(place) + "/pyproject.toml",
                  "[project]\nversion = '1'\nname = '" + name + "'\n");
    }
    files.add("sub/r.txt", "./lib\n./only\n");
    Result<RequirementsFile> file = files.read({"sub/r.txt"});
    ASSERT_TRUE(file) << file.error().message;
    ASSERT_EQ(file->requirements.size(), 2u);
    EXPECT_EQ(file->requirements[0].requirement.name.str(), "lib"); // the current directory first
    EXPECT_EQ(file->requirements[1].requirement.name.str(), "sub-only");
}

TEST(RequirementsFile, a_cycle_is_an_error_that_names_its_files) {
    Files files;
    files.add("r.txt", "-r a.txt\n");
    files.add("a.txt", "x\n-c sub/b.txt\n");
    files.add("sub/b.txt", "\n\n-r ../a.txt\n");
    Result<RequirementsFile> cycle = files.read();
    ASSERT_FALSE(cycle);
    EXPECT_EQ(cycle.error().kind, Error::Kind::input);
    EXPECT_EQ(files.error_of(cycle),
              "sub/b.txt:3: the file includes itself: a.txt -> sub/b.txt -> sub/../a.txt");
    EXPECT_EQ(files.shown("-r r.txt"), "error: r.txt:1: the file includes itself: r.txt -> r.txt");
    EXPECT_EQ(files.shown("-c ./r.txt"),
              "error: r.txt:1: the file includes itself: r.txt -> ./r.txt");
}

TEST(RequirementsFile, the_same_file_twice_is_no_cycle_and_counts_once) {
    Files files;
    files.add("r.txt", "-r a.txt\n-r b.txt\n-c base.txt\n");
    files.add("a.txt", "-r base.txt\na\n");
    files.add("b.txt", "-r base.txt\nb\n");
    files.add("base.txt", "base\n");
    Result<RequirementsFile> file = files.read();
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(file->requirements.size(), 3u);
    EXPECT_EQ(file->constraints.size(), 1u);
    EXPECT_EQ(file->files.size(), 4u);
}

TEST(RequirementsFile, includes_have_bounds) {
    Files files;
    for (int i = 0; i < 100; ++i) {
        files.add("deep" + std::to_string(i) + ".txt",
                  "-r deep" + std::to_string(i + 1) + ".txt\n");
    }
    EXPECT_NE(files.shown("-r deep0.txt").find("more than 64 files deep"), std::string::npos);
    std::string wide;
    for (int i = 0; i < 1100; ++i) {
        files.add("wide" + std::to_string(i) + ".txt", "x\n");
        wide += "-r wide" + std::to_string(i) + ".txt\n";
    }
    EXPECT_NE(files.shown(wide).find("more than 1024 files"), std::string::npos);
    // Twice as many ways at each step: each file is still read once.
    for (int i = 0; i < 40; ++i) {
        std::string next = "-r twice" + std::to_string(i + 1) + ".txt\n";
        files.add("twice" + std::to_string(i) + ".txt", next + next);
    }
    files.add("twice40.txt", "end\n");
    EXPECT_EQ(files.shown("-r twice0.txt"), "end");
}

TEST(RequirementsFile, constraints_only_narrow) {
    Files files;
    files.add("lib/pyproject.toml", "[project]\nname = 'lib'\nversion = '1'\n");
    files.add("r.txt", "a\n");
    const FormCase cases[] = {
        {"a<2\n", "no error"},
        {"a @ https://h/a-1.zip\n", "no error"},
        {"b\n\na[x]<2\n", "c.txt:3: a constraint cannot have extras"},
        {"-e lib\n", "c.txt:1: a constraint cannot be editable"},
    };
    for (const FormCase& one : cases) {
        SCOPED_TRACE(one.text);
        files.add("c.txt", one.text);
        EXPECT_EQ(files.error_of(files.read({"r.txt"}, {"c.txt"})), one.result);
    }
}

TEST(RequirementsFile, a_variable_is_a_value_and_nothing_else) {
    Files files;
    files.variables = {
        {"V", "1.0"},
        {"NAME", "six"},
        {"OPTION", "-r other.txt"},
        {"LONG", "--index-url=https://evil/"},
        {"TWO", "six --hash=" + hash_a},
        {"LINES", "six\n--index-url https://evil/"},
        {"COMMENT", "six # --pre"},
        {"URL", "https://user:hunter2@h/simple --extra-index-url https://evil"},
        {"BASE", "sub"},
        {"SEMI", "six; os_name == 'nt'"},
    };
    files.add("other.txt", "evil\n").add("sub/b.txt", "b\n");
    const FormCase cases[] = {
        {"six==${V}", "six==1.0"},
        {"${NAME}", "six"},
        {"${UNSET}", "error: r.txt:1: "},
        {"${OPTION}", "error: r.txt:1: \"${OPTION}\" cannot be used"},
        {"${LONG}", "error: r.txt:1: \"${LONG}\" cannot be used"},
        {"a ${LONG}", "error: r.txt:1: \"a ${LONG}\" cannot be used"},
        {"${TWO}", "error: r.txt:1: \"${TWO}\" cannot be used"},
        {"${LINES}", "error: r.txt:1: the value of the environment variable LINES holds a line"},
        {"# ${LINES}\nsix", "six"},
        {"${COMMENT}", "error: r.txt:1: \"${COMMENT}\" cannot be used"},
        {"-r ${BASE}/b.txt", "b"},
        {"-r ${OPTION}", "error: r.txt:1: there is no file ${OPTION}"},
        {"--pre${LONG}", "error: r.txt:1: \"--pre${LONG}\" is no option"},
        {"-e ${OPTION}", "error: r.txt:1: \"${OPTION}\" cannot be used"},
    };
    for (const FormCase& one : cases) {
        SCOPED_TRACE(one.text);
        std::string result = files.shown(one.text);
        EXPECT_EQ(result.substr(0, one.result.size()), one.result);
        EXPECT_EQ(result.find("evil/"), std::string::npos);
    }
    files.add("r.txt", "-i ${URL}\n");
    Result<RequirementsFile> file = files.read();
    ASSERT_TRUE(file);
    EXPECT_TRUE(file->extra_index_urls.empty());
    EXPECT_EQ(file->index_url->value, files.variables["URL"]);
    EXPECT_EQ(file->index_url->text, "${URL}");
}

TEST(RequirementsFile, an_unset_variable_stays_and_is_a_warning) {
    Files files;
    files.add("r.txt", "six\n-i https://${TOKEN}@h/simple\n");
    Result<RequirementsFile> file = files.read();
    ASSERT_TRUE(file);
    EXPECT_EQ(file->index_url->value, "https://${TOKEN}@h/simple");
    ASSERT_EQ(file->warnings.size(), 1u);
    EXPECT_EQ(file->warnings[0], "r.txt:2: the environment variable TOKEN is not set");
}

TEST(RequirementsFile, passwords_stay_out_of_messages_and_requirements) {
    Files files;
    files.variables = {{"TOKEN", "hunter2"}, {"BAD", "hun ter2"}};
    struct Case {
        std::string_view text;
        bool is_error;
    };
    const Case cases[] = {
        {"six @ https://me:hunter2@h/six-1.0.zip", false},
        {"six @ https://${TOKEN}@h/six-1.0.zip", false},
        {"https://me:hunter2@h/six-1.0.zip", false},
        {"git+https://me:hunter2@h/six#egg=six", false},
        {"-i https://me:hunter2@h/simple", false},
        {"https://me:hunter2@h/main.zip", true},
        {"six @ https://me:hunter2@h/six-1.0.zip extra", true},
        {"six @ https://${TOKEN}@h/six-1.0.zip extra", true},
        {"six @ https://me:hunter2@h:port/six-1.0.zip", true},
        {"six == https://me:hunter2@h", true},
        {"six @ https://${BAD}@h/six.zip", true},
        {"-r https://me:hunter2@h/r.txt", true},
        {"-r https://${TOKEN}@h/r.txt", true},
        {"--pre https://me:hunter2@h/r.txt", true},
        {"a==1 --hash=https://me:hunter2@h", true},
        {"a==1 --hash=${TOKEN}", true},
        {"a --index-url https://me:hunter2@h/", true},
        {"--no-binary ${TOKEN}!", true},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(one.text);
        files.add("r.txt", one.text);
        Result<RequirementsFile> file = files.read();
        EXPECT_EQ(!file, one.is_error);
        std::string said = file ? "" : file.error().message;
        if (file) {
            for (const FileRequirement& requirement : file->requirements) {
                said += requirement.requirement.str() + requirement.text;
            }
            said += join(file->warnings, "") + (file->index_url ? file->index_url->text : "");
        }
        EXPECT_EQ(said.find("hunter2"), std::string::npos) << said;
        EXPECT_EQ(said.find("ter2"), std::string::npos) << said;
    }
    files.add("r.txt", "six @ https://me:hunter2@h/six-1.0.zip\n");
    Result<RequirementsFile> file = files.read();
    ASSERT_TRUE(file);
    ASSERT_EQ(file->logins.size(), 1u);
    EXPECT_EQ(file->logins[0].password(), "hunter2");
    EXPECT_EQ(file->logins[0].origin(), "https://h:443");
}

const std::string_view pieces[] = {
    "six",
    "==1.0",
    " ",
    "\n",
    "\\\n",
    "#",
    " # ",
    "--hash=",
    "-e ",
    "-r ",
    "r.txt",
    "a.txt",
    "./",
    "[x]",
    "; ",
    "'",
    "\"",
    "\\",
    "${",
    "}",
    "${V}",
    " @ ",
    "https://u:hunter2@h/",
    "#egg=",
    "%",
    "git+",
    "\t",
    "--pre",
    "-",
    "\r\n",
    "\xFF",
    "sha256:",
    "os_name",
    "..",
    "/",
    "\xE2\x80\xA8",
    "--no-binary",
    ",",
    ":all:",
    "=",
    "<",
    "(",
    ")",
    "-c ",
    "-i",
    "file:",
    "lib",
};

TEST(RequirementsFile, any_mixture_of_pieces_is_read_or_refused_with_its_line) {
    Files files;
    files.variables = {{"V", "hunter2"}};
    files.add("a.txt", "a\n").add("lib/pyproject.toml", "[project]\nname='l'\nversion='1'\n");
    uint64_t seed = 0x70617773;
    SCOPED_TRACE("seed " + std::to_string(seed));
    auto next = [&seed] {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        return seed;
    };
    size_t refused = 0;
    constexpr size_t rounds = 5000;
    for (size_t round = 0; round < rounds; ++round) {
        std::string text;
        for (uint64_t count = next() % 12; count > 0; --count) {
            text += pieces[next() % std::size(pieces)];
        }
        files.add("r.txt", text);
        Result<RequirementsFile> file = files.read();
        if (file) {
            continue;
        }
        ++refused;
        SCOPED_TRACE(text);
        const std::string& message = file.error().message;
        ASSERT_TRUE(message.starts_with("r.txt:")) << message;
        ASSERT_EQ(message.find("hunter2"), std::string::npos) << message;
    }
    EXPECT_GT(refused, rounds / 4);
    EXPECT_LT(refused, rounds);
}

TEST(RequirementsFile, special_files_do_not_hang) {
    Files files;
    files.add("sub/x", "");
    Result<RequirementsFile> directory = files.read({"sub"});
    EXPECT_FALSE(directory);
    Result<RequirementsFile> device = files.read({"/dev/zero"});
    EXPECT_FALSE(device);
}

TEST(RequirementArgument, is_taken_as_it_stands) {
    Files files;
    files.variables = {{"A", "b"}};
    files.add("lib/pyproject.toml", "[project]\nname = 'lib'\nversion = '1'\n");
    Result<FileRequirement> path = read_requirement_argument("./lib[x]", false, files.options());
    ASSERT_TRUE(path) << path.error().message;
    EXPECT_EQ(path->requirement.name.str(), "lib");
    EXPECT_FALSE(read_requirement_argument("${A}", false, files.options()));
    EXPECT_FALSE(read_requirement_argument("--pre", false, files.options()));
}

} // namespace
} // namespace pawl::project
