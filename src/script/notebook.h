#pragma once
// The code of a Jupyter notebook (nbformat 4) as one Python program: its cells of code in the order
// of the file, numbered from 1 among themselves.
//
// What is IPython's and not Python's is taken out where it is about display, turned into a call of
// an object named `__pawl__` where plain Python can do it (`!command`, `%cd`, `%%bash`), taken as
// what the notebook needs (`%pip install`), and is an error elsewhere. Each line stays one line, so
// that places in the program are places in the cells.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "script/needs.h"

namespace pawl::script {

struct NotebookCell {
    uint32_t number = 0; ///< from 1, among the cells of code
    std::string shown;   ///< as it stands in the notebook
    std::string code;    ///< plain Python, line for line; ends in "\n"
    uint32_t line = 0;   ///< of its first line in Notebook::program, from 1
};

struct Notebook {
    std::string path; ///< as its errors call it
    std::vector<NotebookCell> cells;
    std::string program;                         ///< the code of all cells
    std::vector<NeededRequirement> requirements; ///< of `%pip install`, with their cells
    std::vector<std::string> notes;              ///< for the user, one sentence each

    std::string cell_name(const NotebookCell& cell) const; ///< "a.ipynb, cell 3"
    /// Places in `program` become places in cells: "a.ipynb:57:3" is "a.ipynb, cell 4:2:3".
    std::string relocated(std::string_view message) const;
    void relocate(Needs& needs) const;
};

bool is_notebook_name(std::string_view path);

/// Errors: what is no notebook of Python; a cell that is no Python, or that only IPython can run.
/// They name the cell.
Result<Notebook> read_notebook(std::string_view bytes, std::string_view path);

} // namespace pawl::script
