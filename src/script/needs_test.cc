#include "script/needs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/fs.h"
#include "script/python_range.h"

namespace pawl::script {
namespace {

/// A folder of files in memory.
class MapSources : public Sources {
  public:
    explicit MapSources(std::map<std::string, std::string> files) : files_(std::move(files)) {}
    Result<std::optional<std::string>> read(std::string_view path) override {
        const auto found = files_.find(std::string(path));
        return found == files_.end() ? std::nullopt : std::optional<std::string>(found->second);
    }
    bool is_file(std::string_view path) override { return files_.count(std::string(path)) != 0; }
    bool is_directory(std::string_view path) override {
        const std::string prefix = std::string(path) + "/";
        return std::ranges::any_of(
            files_, [&](const auto& file) { return file.first.starts_with(prefix); });
    }

  private:
    std::map<std::string, std::string> files_;
};

Result<Needs> needs(std::map<std::string, std::string> files, NeedsOptions options = {},
                    const std::string& script = "s.py") {
    if (options.default_requires_python.empty()) {
        options.default_requires_python = ">=3.10";
    }
    const std::string bytes = files.at(script);
    MapSources sources(std::move(files));
    return needs_of(script, bytes, options, sources);
}

/// The requirements in their order, "guessed" ones with "?" behind.
std::string shown(const Result<Needs>& found) {
    if (!found) {
        return "error: " + found.error().message;
    }
    std::string text;
    for (const NeededRequirement& needed : found->requirements) {
        text += text.empty() ? "" : " | ";
        text += needed.requirement.str() + (needed.why == Why::guessed ? "?" : "");
    }
    return text;
}

std::string of_script(const std::string& text) {
    return shown(needs({{"s.py", text}}));
}

struct Case {
    std::string text, requirements;
};

TEST(Needs, imports_become_projects) {
    const Case cases[] = {
        {"import os, sys, json\n", ""},
        {"import requests\nimport yaml\n", "pyyaml | requests"},
        {"from google.cloud import storage, bigquery\n",
         "google-cloud-bigquery | google-cloud-storage"},
        {"import requests.adapters\nfrom requests import get, post\nimport requests\n", "requests"},
        {"import pkg_resources\nimport setuptools\n", "setuptools<82"},
        {"import my_own_Thing.part\n", "my-own-thing?"},
        {"def f():\n    import requests\nclass C:\n    import yaml\n", ""},
        {"if x:\n    import requests\nwith y:\n    import yaml\n", "pyyaml | requests"},
        {"if TYPE_CHECKING:\n    import requests\n", ""},
        {"try:\n    import ujson as json\nexcept ImportError:\n    import json\n", "ujson"},
        {"try:\n    import requests\nexcept ImportError:\n    import httpx\n", "requests"},
        {"try:\n    import json\nexcept ImportError:\n    import simplejson as json\n", ""},
        {"try:\n    import cPickle as pickle\nexcept ImportError:\n    import pickle\n", ""},
        {"try:\n    import urllib2\nexcept ImportError:\n    import requests\n", "requests"},
        {"import __main__, __future__\n", ""},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.text);
        EXPECT_EQ(of_script(c.text), c.requirements);
    }
}

TEST(Needs, the_standard_library_depends_on_the_versions_of_python) {
    const Case cases[] = {
        {"import tomllib\n", ""},
        {"# py: >=3.8\ntry:\n    import tomllib\nexcept ImportError:\n    import tomli as "
         "tomllib\n",
         "tomli; python_version < \"3.11\""},
        {"# py: >=3.11\ntry:\n    import tomllib\nexcept ImportError:\n    import tomli as "
         "tomllib\n",
         ""},
        {"# py: >=3.8\nif sys.version_info >= (3, 11):\n    import tomllib\nelse:\n    import "
         "tomli\n",
         "tomli; python_version < \"3.11\""},
        {"# py: >=3.8\ntry:\n    from typing import Self\nexcept ImportError:\n"
         "    from typing_extensions import Self\n",
         "typing-extensions; python_version < \"3.11\""},
        {"import cgi\n", "legacy-cgi; python_version >= \"3.13\""},
        {"# py: <3.13\nimport cgi\n", ""},
        {"# py: >=3.13\nimport cgi\n", "legacy-cgi"},
        {"# py: >=3.8\nfrom zoneinfo import ZoneInfo\n", ""},
        {"# py: >=3.8\ntry:\n    import zoneinfo\nexcept ImportError:\n    from backports import "
         "zoneinfo\n",
         "backports-zoneinfo; python_version < \"3.9\""},
        {"import distutils.core\n", ""},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.text);
        EXPECT_EQ(of_script(c.text), c.requirements);
    }
    EXPECT_TRUE(of_script("# py: <3.11\nimport tomllib\n")
                    .starts_with("error: s.py:2:8: tomllib is in the standard library of Python "
                                 "3.11 to 3.15 only"));
    EXPECT_TRUE(of_script("import urllib2\n")
                    .starts_with("error: s.py:1:8: urllib2 was a module of Python 2; in Python 3 "
                                 "it is urllib.request"));
}

TEST(Needs, conditions_become_markers) {
    const Case cases[] = {
        {"if sys.platform == 'win32':\n    import win32api\nelse:\n    import requests\n",
         "pywin32; sys_platform == \"win32\" | requests; sys_platform != \"win32\""},
        {"if os.name == 'nt':\n    import requests\nimport requests.x\n", "requests"},
        {"if os.name == 'nt':\n    import requests\nif sys.platform == 'darwin':\n"
         "    import requests\n",
         "requests; os_name == \"nt\" or sys_platform == \"darwin\""},
        {"if sys.version_info < (3,):\n    import requests\n", ""},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.text);
        EXPECT_EQ(of_script(c.text), c.requirements);
    }
}

TEST(Needs, what_is_said_goes_before_what_is_imported) {
    const Case cases[] = {
        {"# requirements:\n# tiny==0.1.3\n\n# /// script\n# dependencies = [\"other\"]\n# ///\n"
         "import requests  # pin: requests==1\nimport yaml\n",
         "tiny==0.1.3"},
        {"# /// script\n# dependencies = [\"tiny\"]\n# ///\nimport requests\n", "tiny"},
        {"# /// script\n# dependencies = []\n# ///\nimport requests\n", ""},
        {"# /// script\n# requires-python = \">=3.11\"\n# ///\nimport requests\n", "requests"},
        {"# extra_requirements:\n# tiny==0.1.3\n\nimport simplejson  # pin: simplejson==3.20.1\n",
         "simplejson==3.20.1 | tiny==0.1.3"},
        {"# extra_requirements:\n# opencv-python-headless>4\n\nimport cv2\n",
         "opencv-python-headless>4"},
        {"# extra_requirements:\n# requests>2\n\nimport requests\n", "requests>2"},
        {"# /// script\n# dependencies = [\"a\"]\n# ///\nx = = 1\n", "a"}, // Python's to report
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.text);
        EXPECT_EQ(of_script(c.text), c.requirements);
    }
    NeedsOptions options;
    options.requirements_file.emplace();
    options.requirements_file->push_back({*pep::Requirement::parse("from-file==1"),
                                          Why::file,
                                          {"requirements.txt", {1, 0}},
                                          {},
                                          {}});
    EXPECT_EQ(shown(needs({{"s.py", "import requests\n"}}, options)), "from-file==1");
    EXPECT_EQ(shown(needs({{"s.py", "# /// script\n# dependencies = [\"a\"]\n# ///\n"}}, options)),
              "a");
}

struct LocalCase {
    std::map<std::string, std::string> files;
    std::string requirements;
    std::vector<std::string> modules;
};

void check_local(const LocalCase& c) {
    SCOPED_TRACE(c.files.at("s.py"));
    const auto found = needs(c.files);
    EXPECT_EQ(shown(found), c.requirements);
    if (!found) {
        return;
    }
    std::vector<std::string> paths;
    for (const LocalModule& module : found->local_modules) {
        paths.push_back(module.path);
        EXPECT_EQ(module.sha256_hex.size(), 64U);
    }
    std::ranges::sort(paths);
    EXPECT_EQ(paths, c.modules);
}

TEST(Needs, local_modules_are_followed) {
    const LocalCase cases[] = {
        {{{"s.py", "import helper\n"}, {"helper.py", "import requests\nimport os\n"}},
         "requests",
         {"helper.py"}},
        {{{"s.py", "import pack.inner.deep\n"},
          {"pack/__init__.py", "import yaml\n"},
          {"pack/inner/__init__.py", "from . import sibling\nfrom .. import top\n"},
          {"pack/inner/deep.py", "import requests\n"},
          {"pack/inner/sibling.py", "import six\n"},
          {"pack/top.py", "import attr\nimport s\n"}},
         "attrs | pyyaml | requests | six",
         {"pack/__init__.py", "pack/inner/__init__.py", "pack/inner/deep.py",
          "pack/inner/sibling.py", "pack/top.py"}},
        {{{"s.py", "from pack import part, value\n"},
          {"pack/__init__.py", ""},
          {"pack/part.py", "import requests\n"}},
         "requests",
         {"pack/__init__.py", "pack/part.py"}},
        // Cycles end, and each file is read once.
        {{{"s.py", "import a\n"}, {"a.py", "import b\n"}, {"b.py", "import a, requests\n"}},
         "requests",
         {"a.py", "b.py"}},
        // A file of the script's own goes before the standard library and before projects.
        {{{"s.py", "import random\nimport requests\n"},
          {"random.py", "import six\n"},
          {"requests.py", ""}},
         "six",
         {"random.py", "requests.py"}},
        // A plain folder goes behind both.
        {{{"s.py", "import docker\nimport json\nimport parts.one\nimport empty\n"},
          {"docker/Dockerfile", ""},
          {"json/x.txt", ""},
          {"empty/x.txt", ""},
          {"parts/one.py", "import six\n"}},
         "docker | six",
         {"parts/one.py"}},
    };
    for (const LocalCase& c : cases) {
        check_local(c);
    }
}

TEST(Needs, local_modules_count_as_their_imports_do) {
    const LocalCase cases[] = {
        // What is imported in a function is not followed, as it is not counted.
        {{{"s.py", "def f():\n    import helper\n"}, {"helper.py", "import requests\n"}}, "", {}},
        {{{"s.py", "from .helper import x\n"}, {"helper.py", "import requests\n"}},
         "requests",
         {"helper.py"}},
        {{{"s.py", "import helper\n"},
          {"helper.py", "# /// script\n# dependencies = [\"tiny>1\"]\n# ///\nimport requests\n"}},
         "tiny>1",
         {"helper.py"}},
        // A script that declares still gets what its own modules are known to need.
        {{{"s.py", "# /// script\n# dependencies = [\"opencv-python-headless\"]\n# ///\n"
                   "import helper\n"},
          {"helper.py", "import cv2, requests, quite_unknown\n"}},
         "opencv-python-headless | requests",
         {"helper.py"}},
    };
    for (const LocalCase& c : cases) {
        check_local(c);
    }
}

TEST(Needs, folders_and_workspaces_have_their_own_roots) {
    EXPECT_EQ(shown(needs({{"dir/s.py", "import helper\nfrom sub import x\n"},
                           {"dir/helper.py", "import six\n"},
                           {"dir/sub/x.py", "from ..helper import y\nimport requests\n"},
                           {"helper.py", "import yaml\n"}},
                          {}, "dir/s.py")),
              "requests | six");
    NeedsOptions options;
    options.workspace_root = "root";
    options.is_workspace = true;
    const std::map<std::string, std::string> files = {
        {"root/f/foo/bar.py",
         "from f.foo.baz import x\nfrom .baz import x\nfrom ..foo.bar import y\n"
         "import f.foo.bar as z\nfrom ..foobar.baz import w\n"
         "import pandas\nfrom f.foo import baz\nimport requests\n"
         "def main():\n    pass\nimport six\n"},
        {"root/f/foo/baz.py", "import numpy\n"},
        {"root/f/foo/requests.py", "import yaml\n"},
        {"root/f/foobar/baz.py", "import difffolder\nfrom .bar import x\n"},
        {"root/f/foobar/bar.py", "import innerdifffolder\n"},
    };
    EXPECT_EQ(shown(needs(files, options, "root/f/foo/bar.py")),
              "difffolder? | innerdifffolder? | numpy | pandas | requests");
    EXPECT_TRUE(
        shown(needs({{"root/f/a/b.py", "from f.a.missing import x\n"}}, options, "root/f/a/b.py"))
            .starts_with("error: root/f/a/b.py:1:1: the workspace has no script f/a/missing"));
    EXPECT_EQ(shown(needs({{"-", "import helper\n"}, {"helper.py", ""}}, {}, "-")), "helper?");
}

TEST(Needs, missing_relative_modules_are_told) {
    EXPECT_TRUE(shown(needs({{"s.py", "\nfrom .gone import x\n"}}))
                    .starts_with("error: s.py:2:1: there is no module .gone in ."));
    EXPECT_EQ(shown(needs({{"s.py", "try:\n    from .gone import x\nexcept ImportError:\n"
                                    "    import six\n"}})),
              ""); // a relative import counts as there: it is the first of the two
    const auto inner =
        needs({{"s.py", "import p\n"}, {"p/__init__.py", "from ._speedups import x\n"}});
    ASSERT_TRUE(inner) << inner.error().message;
    ASSERT_EQ(inner->notes.size(), 1U);
    EXPECT_EQ(inner->notes[0], "p/__init__.py:1:1: there is no module ._speedups in p");
}

TEST(Needs, pins_settle_what_their_import_needs) {
    const struct {
        std::map<std::string, std::string> files;
        std::string requirements;
    } cases[] = {
        {{{"s.py", "import tiny  # pin: tiny==0.1\n"}}, "tiny==0.1"},
        {{{"s.py", "import a, requests  # pin: a==1\n"}}, "a==1 | requests"},
        {{{"s.py", "import tiny  # pin: bottle>1\n"}}, "bottle>1"},
        {{{"s.py", "import a.b  # pin: a==1\nimport a.c\n"}}, "a==1 | a?"},
        {{{"s.py", "import t  # pin: t>1\nimport t  # pin: t<3\n"}}, "t>1 | t<3"},
        {{{"s.py", "def f():\n    import t  # pin: t==1\n"}}, "t==1"},
        {{{"s.py", "if os.name == 'nt':\n    import t  # pin: t==1\n"}}, "t==1; os_name == \"nt\""},
        // A pin anywhere replaces the plain import of the same module everywhere.
        {{{"s.py", "import t\nimport h\n"}, {"h.py", "import t  # pin: t==1\n"}}, "t==1"},
        // The outermost repin wins, also over pins that contradict each other.
        {{{"s.py", "import t  # pin: t==1\nimport t  # pin: t==2\nimport t  # repin: t==3\n"}},
         "t==3"},
        {{{"s.py", "import a\nimport b\n"},
          {"a.py", "import deep\n"},
          {"deep.py", "import t  # repin: t==1\n"},
          {"b.py", "import t  # repin: t==2\n"}},
         "t==2"},
        // Windmill's seventh lock test: manual child, pinned child, own repin.
        {{{"s.py", "# extra_requirements:\n# tiny==0.1.3\n# bottle==0.13.2\n\nimport manual\n"
                   "import pins\nimport tiny  # repin: tiny==0.1.3\nimport simplejson\n"},
          {"manual.py", "# requirements:\n# microdot==2.2.0\n\nimport pandas, requests\n"},
          {"pins.py", "import tiny  # pin: bottle==0.13.2\n"
                      "import simplejson  # pin: simplejson==3.19.3\n"}},
         "bottle==0.13.2 | microdot==2.2.0 | simplejson==3.19.3 | tiny==0.1.3 | tiny==0.1.3"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.files.at("s.py"));
        EXPECT_EQ(shown(needs(c.files)), c.requirements);
    }
}

TEST(Needs, pins_that_contradict_each_other_are_told_with_their_places) {
    const auto found = needs(
        {{"s.py", "import h\nimport t  # pin: t==1\n"}, {"h.py", "\nimport t  # pin: t>=2\n"}});
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().kind, Error::Kind::no_solution);
    EXPECT_EQ(found.error().message.substr(0, 52),
              "no solution: these pins contradict each other\n    s.");
    EXPECT_NE(found.error().message.find("s.py:2:18: # pin: t==1"), std::string::npos);
    EXPECT_NE(found.error().message.find("h.py:2:18: # pin: t>=2"), std::string::npos);
    EXPECT_NE(found.error().message.find("repin"), std::string::npos);
    EXPECT_FALSE(needs({{"s.py", "import t  # repin: t==1\nimport t  # repin: t==2\n"}}));
}

TEST(Needs, python_versions_of_all_files_hold_together) {
    const auto found = needs({{"s.py", "# py: >=3.12.0\n# /// script\n"
                                       "# requires-python = \"<=3.12.2\"\n# ///\nimport h\n"},
                              {"h.py", "# py312\n"}});
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->requires_python, "<=3.12.2,>=3.12.0,==3.12.*");
    EXPECT_EQ(found->requires_python_origins.size(), 3U);
    const auto never = needs({{"s.py", "# py: >=3.12\nimport h\n"}, {"h.py", "# py: <3.10\n"}});
    ASSERT_FALSE(never);
    EXPECT_EQ(never.error().kind, Error::Kind::no_solution);
    EXPECT_NE(never.error().message.find("h.py:1"), std::string::npos);
}

TEST(Needs, guesses_are_marked_and_can_be_refused) {
    const auto found = needs({{"s.py", "import requests\nimport odd.part as p\n"}});
    ASSERT_TRUE(found);
    ASSERT_EQ(found->module_checks.size(), 2U);
    EXPECT_EQ(found->module_checks[1].module, "odd");
    EXPECT_TRUE(found->module_checks[1].guessed);
    EXPECT_EQ(found->module_checks[1].origin.str(), "s.py:2:8");
    NeedsOptions options;
    options.no_guess = true;
    const auto refused = needs({{"s.py", "import requests\nimport odd\n"}}, options);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, Error::Kind::permission);
    EXPECT_NE(refused.error().message.find("s.py:2:8: odd would be taken"), std::string::npos);
    EXPECT_FALSE(needs({{"s.py", "# /// script\n# [tool.pawl]\n# no-guess = true\n# ///\n"
                                 "import odd\n"}}));
    EXPECT_TRUE(shown(needs({{"s.py", "import google\n"}}))
                    .starts_with("error: s.py:1:8: no project is known for the module google"));
}

TEST(Needs, tells_every_import_and_every_one_that_does_not_count) {
    NeedsOptions options;
    const std::string script = "import os\nimport requests, yaml as y\nfrom requests import get\n"
                               "def f():\n    import six\nclass C: import attr\n"
                               "if TYPE_CHECKING: import rich\nimport h\n";
    const auto found = needs({{"s.py", script}, {"h.py", ""}});
    ASSERT_TRUE(found);
    std::string imports;
    for (const FoundImport& import : found->imports) {
        imports += import.module + "@" + import.origin.str() + "=" + import.requirement + " ";
    }
    EXPECT_EQ(imports, "requests@s.py:2:8=requests yaml@s.py:2:18=pyyaml "
                       "requests@s.py:3:1=requests ");
    EXPECT_EQ(found->imports[1].end, (Position{2, 26}));
    std::string uncounted;
    for (const UncountedImport& import : found->uncounted) {
        uncounted += import.module + ":" + std::string(uncounted_reason(import.reason)) + " ";
    }
    EXPECT_EQ(uncounted, "os:standard library six:inside a function attr:inside a class "
                         "rich:for type checking only h:local module ");
    options.all_imports = true;
    EXPECT_EQ(shown(needs({{"s.py", script}, {"h.py", ""}}, options)),
              "attrs | pyyaml | requests | six");
}

TEST(Needs, modules_are_looked_for_beside_the_file_that_a_link_leads_to) {
    auto folder = fs::TemporaryDirectory::create(testing::TempDir(), "links");
    ASSERT_TRUE(folder) << folder.error().message;
    const auto at = [&](std::string_view name) { return fs::join(folder->path(), name); };
    ASSERT_TRUE(fs::make_directories(at("real")));
    ASSERT_TRUE(fs::make_directories(at("bin")));
    ASSERT_TRUE(fs::write_new(at("real/s.py"), "import helper\n"));
    ASSERT_TRUE(fs::write_new(at("real/helper.py"), "import six\n"));
    ASSERT_TRUE(fs::symlink("../real/s.py", at("bin/s")));
    const auto sources = disk_sources();
    NeedsOptions options;
    options.default_requires_python = ">=3.10";
    EXPECT_EQ(shown(needs_of(at("bin/s"), "import helper\n", options, *sources)), "six");
}

TEST(Needs, the_digest_material_says_the_same_for_the_same_needs) {
    const auto material = [](const std::string& text) {
        const auto found = needs({{"s.py", text}, {"h.py", ""}});
        return found ? found->digest_material() : found.error().message;
    };
    const std::string one = material("import requests\nimport yaml\n");
    EXPECT_EQ(one, material("# a comment\nimport yaml, os\n\nx = 1\nfrom requests import get\n"));
    EXPECT_NE(one, material("import requests\n"));
    EXPECT_NE(one, material("# py: >=3.12\nimport requests\nimport yaml\n"));
    EXPECT_NE(one, material("import requests, h\nimport yaml\n"));
    EXPECT_NE(one, material("# /// script\n# [tool.pawl]\n# constraints = [\"six<2\"]\n# ///\n"
                            "import requests\nimport yaml\n"));
}

TEST(PythonRange, minors_become_markers) {
    const auto minors = [](std::string_view text) {
        return supported_minors(*pep::Specifiers::parse(text));
    };
    EXPECT_EQ(minors(">=3.8"), 0xff);
    EXPECT_EQ(minors(">=3.10,<3.12"), 0x0c);
    EXPECT_EQ(minors("==3.11.*"), 0x08);
    EXPECT_EQ(minors("==3.11.4"), 0x08);
    EXPECT_EQ(minors(">3.11.4,!=3.13.*"), 0xd8);
    EXPECT_EQ(minors(">=3.20"), 0x80);
    EXPECT_EQ(minors("<3.7"), 0x01);
    EXPECT_EQ(minors_marker(0xff, 0xff), "");
    EXPECT_EQ(minors_marker(0x07, 0xff), "python_version < \"3.11\"");
    EXPECT_EQ(minors_marker(0xe0, 0xfc), "python_version >= \"3.13\"");
    EXPECT_EQ(minors_marker(0x18, 0xff),
              "python_version >= \"3.11\" and python_version < \"3.13\"");
    EXPECT_EQ(minors_text(0xf0), "3.12 to 3.15");
    EXPECT_EQ(minors_text(0x05), "3.8 and 3.10");
}

} // namespace
} // namespace pawl::script
