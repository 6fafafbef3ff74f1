#include "script/notebook.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "text/json.h"

namespace pawl::script {
namespace {

/// A notebook of these cells of code, with a cell of prose before each.
std::string notebook_of(const std::vector<std::string>& cells) {
    text::Value list = text::Value::array();
    for (const std::string& cell : cells) {
        list.push_back(text::Value::object({{"cell_type", "markdown"}, {"source", "# prose"}}));
        text::Value lines = text::Value::array();
        for (std::string_view rest = cell; !rest.empty();) {
            const size_t end = std::min(rest.find('\n'), rest.size() - 1) + 1;
            lines.push_back(rest.substr(0, end));
            rest.remove_prefix(end);
        }
        list.push_back(text::Value::object({{"cell_type", "code"}, {"source", std::move(lines)}}));
    }
    return text::to_json(
        text::Value::object({{"cells", std::move(list)}, {"nbformat", 4}, {"nbformat_minor", 5}}));
}

Result<Notebook> read(const std::vector<std::string>& cells) {
    return read_notebook(notebook_of(cells), "a.ipynb");
}

struct LineCase {
    std::string_view cell, code;
};

constexpr LineCase line_cases[] = {
    {"x = 1\nprint(x)", "x = 1\nprint(x)\n"},
    {"", ""},
    {"!ls -l", "__pawl__.shell(\"ls -l\")\n"},
    {"if x:\n  !echo \"it's\"", "if x:\n  __pawl__.shell(\"echo \\\"it's\\\"\")\n"},
    {"!!ls", "__pawl__.shell(\"ls\")\n"},
    {"names = !ls *.csv", "names = __pawl__.output(\"ls *.csv\")\n"},
    {"!ls \\\n  -l\nx", "__pawl__.shell(\"ls  -l\")\n\nx\n"},
    {"%matplotlib inline\nx = 1", "pass\nx = 1\n"},
    {"if x:\n    %cd data", "if x:\n    __pawl__.cd(\"data\")\n"},
    {"%env A=b", "__pawl__.env(\"A=b\")\n"},
    {"%time f(1, 2)", "f(1, 2)\n"},
    {"%timeit -n 10 -r3 f()", "f()\n"},
    {"y = %time f()", "y = f()\n"},
    {"%ls data", "__pawl__.shell(\"ls data\")\n"},
    {"here = %pwd", "here = __import__(\"os\").getcwd()\n"},
    {"print?\n?print\nx??", "pass\npass\npass\n"},
    {"text = \"\"\"\n%d\n!no\n\"\"\"\n", "text = \"\"\"\n%d\n!no\n\"\"\"\n"},
    {"x = (5\n% 3)\ny = 5 \\\n% 3", "x = (5\n% 3)\ny = 5 \\\n% 3\n"},
    {"a = b = 3\nc = a % b\nd = a != b", "a = b = 3\nc = a % b\nd = a != b\n"},
    {"# why?\nx = 'why?'  # why?", "# why?\nx = 'why?'  # why?\n"},
    {"%%time\nf()\n", "\nf()\n"},
    {"\n%%capture out\nf()", "\n\nf()\n"},
    {"%%html\n<b>\n", "pass\n\n"},
    {"%%bash\necho $HOME\n", "__pawl__.script(\"bash\", \"echo $HOME\\n\")\n\n"},
    {"%%script node\nx\n", "__pawl__.script(\"node\", \"x\\n\")\n\n"},
    {"%%writefile -a a.txt\none\n", "__pawl__.write(\"a.txt\", \"one\\n\", True)\n\n"},
    {"%pip install -q rich", "pass\n"},
    {"!{sys.executable} -m pip install rich", "pass\n"},
    {"%conda install numpy", "pass\n"},
    {"await f()\nasync for x in y:\n    pass", "await f()\nasync for x in y:\n    pass\n"},
};

TEST(Notebook, what_is_ipythons_becomes_plain_python) {
    for (const LineCase& one : line_cases) {
        SCOPED_TRACE(one.cell);
        const Result<Notebook> notebook = read({std::string(one.cell)});
        ASSERT_TRUE(notebook) << notebook.error().message;
        EXPECT_EQ(notebook->cells[0].code, one.code);
        EXPECT_EQ(notebook->cells[0].shown, one.cell);
    }
}

TEST(Notebook, what_pip_would_install_is_what_it_needs) {
    const Result<Notebook> notebook = read(
        {"import rich",
         "x = 1\n%pip install -U 'rich<14' PyYAML==6.0 -i http://x/ -r more.txt git+https://x/y"});
    ASSERT_TRUE(notebook) << notebook.error().message;
    ASSERT_EQ(notebook->requirements.size(), 2u);
    EXPECT_EQ(notebook->requirements[0].requirement.str(), "rich<14");
    EXPECT_EQ(notebook->requirements[1].requirement.str(), "PyYAML==6.0");
    EXPECT_EQ(notebook->requirements[1].origin.str(), "a.ipynb, cell 2:2:1");
    ASSERT_EQ(notebook->notes.size(), 1u);
    EXPECT_EQ(notebook->notes[0], "a.ipynb, cell 2:2:1: left out of this installation: http://x/ "
                                  "more.txt git+https://x/y");
}

TEST(Notebook, places_are_those_of_the_cells) {
    const Result<Notebook> notebook = read({"a\nb\n", "", "c\nd"});
    ASSERT_TRUE(notebook);
    EXPECT_EQ(notebook->program, "a\nb\nc\nd\n");
    EXPECT_EQ(notebook->relocated("a.ipynb:1:2: x, a.ipynb:2: y"),
              "a.ipynb, cell 1:1:2: x, a.ipynb, cell 1:2: y");
    EXPECT_EQ(notebook->relocated("see a.ipynb:4:9"), "see a.ipynb, cell 3:2:9");
    EXPECT_EQ(notebook->relocated("a.ipynb: nothing"), "a.ipynb: nothing");

    Needs needs;
    needs.imports.resize(2);
    needs.imports[0].origin = {"a.ipynb", {3, 7}};
    needs.imports[0].end = {3, 9};
    needs.imports[1].origin = {"b.py", {3, 7}};
    notebook->relocate(needs);
    EXPECT_EQ(needs.imports[0].origin.str(), "a.ipynb, cell 3:1:8");
    EXPECT_EQ(needs.imports[0].end, (Position{1, 9}));
    EXPECT_EQ(needs.imports[1].origin.str(), "b.py:3:8");
}

struct BadCase {
    std::string bytes, message;
};

TEST(Notebook, errors_name_the_cell) {
    const BadCase cases[] = {
        {notebook_of({"x = 1", "y = (\n2"}), "a.ipynb, cell 2:1:5: '(' was never closed"},
        {notebook_of({"x\n%sql select 1"}), "a.ipynb, cell 1:2: %sql is IPython's"},
        {notebook_of({"%%ruby\nputs 1"}), "a.ipynb, cell 1:1: %%ruby is IPython's"},
        {notebook_of({"%pip list"}), "a.ipynb, cell 1:1: %pip list is IPython's"},
        {"{", "a.ipynb: this is no notebook: line 1"},
        {"[]", "a.ipynb: this is no notebook: it has no list"},
        {R"({"worksheets": [{"cells": []}], "nbformat": 3})", "a.ipynb: this is a notebook of an"},
        {R"({"cells": [{"cell_type": "code"}]})", "a.ipynb, cell 1: it has no source"},
        {R"({"cells": [{"cell_type": "code", "source": [1]}]})", "a.ipynb, cell 1: its source"},
        {R"({"cells": [], "metadata": {"language_info": {"name": "julia"}}})",
         "a.ipynb: the notebook is written in julia, not in Python"},
        {R"({"cells": [], "metadata": {"kernelspec": {"language": "R"}}})",
         "a.ipynb: the notebook is written in R, not in Python"},
    };
    for (const BadCase& one : cases) {
        SCOPED_TRACE(one.bytes);
        const Result<Notebook> notebook = read_notebook(one.bytes, "a.ipynb");
        ASSERT_FALSE(notebook);
        EXPECT_TRUE(notebook.error().message.starts_with(one.message)) << notebook.error().message;
    }
}

} // namespace
} // namespace pawl::script
