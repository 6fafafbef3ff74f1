// What IPython understands in a cell beyond Python, and what becomes of each:
//
//   %%bash, %%sh, %%writefile    the whole cell is one call
//   %%time, %%capture, …         the rest of the cell is code
//   %%html, %%javascript, …      nothing: only for the screen
//   !command, !!command          a call; `x = !command` gives the lines that it printed
//   %pip install, !pip install   nothing to run: it says what the notebook needs
//   %cd, %env, %ls …             calls
//   %time, %timeit               the statement behind it, once
//   %matplotlib, %load_ext, …    nothing: about display and about IPython itself
//   name?, ?name                 nothing
//   everything else              an error that names the cell, before anything has run
//
// Such a line is one only at the beginning of a statement: "%d" in a string of several lines or in
// brackets is Python. LineState keeps track of that, with as much of the grammar as is needed.

#include "script/magics.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "pep/requirement.h"
#include "text/json.h"

namespace pawl::script {
namespace {

using Words = std::vector<std::string_view>;

/// Whether the next line begins a statement, after the lines that were fed.
class LineState {
  public:
    bool is_at_statement() const { return quote_ == 0 && depth_ == 0 && !is_continued_; }

    void feed(std::string_view line) {
        is_continued_ = false;
        for (size_t i = 0; i < line.size(); ++i) {
            if (quote_ != 0) {
                i = feed_quoted(line, i);
            } else if (line[i] == '#') {
                return;
            } else if (line[i] == '\'' || line[i] == '"') {
                quote_ = line[i];
                is_triple_ = line.substr(i, 3) == std::string(3, line[i]);
                i += is_triple_ ? 2 : 0;
            } else if (std::string_view("([{").find(line[i]) != std::string_view::npos) {
                ++depth_;
            } else if (std::string_view(")]}").find(line[i]) != std::string_view::npos) {
                depth_ = std::max(depth_ - 1, 0);
            }
        }
        is_continued_ = line.ends_with('\\');
        if (quote_ != 0 && !is_triple_ && !is_continued_) {
            quote_ = 0; // not closed on its line: no Python, which is said elsewhere
        }
    }

  private:
    size_t feed_quoted(std::string_view line, size_t i) {
        if (line[i] == '\\') {
            return i + 1;
        }
        if (line[i] != quote_) {
            return i;
        }
        if (!is_triple_) {
            quote_ = 0;
        } else if (line.substr(i, 3) == std::string(3, quote_)) {
            quote_ = 0;
            return i + 2;
        }
        return i;
    }

    char quote_ = 0;
    bool is_triple_ = false;
    bool is_continued_ = false;
    int depth_ = 0;
};

bool is_one_of(std::string_view word, std::string_view list) {
    const Words words = split(list, ' ');
    return std::ranges::find(words, word) != words.end();
}

Words words_of(std::string_view text) {
    Words words;
    for (const std::string_view word : split(text, ' ')) {
        if (!trim(word).empty()) {
            words.push_back(trim(word));
        }
    }
    return words;
}

/// JSON's strings are Python's, too.
std::string literal(std::string_view text) {
    std::string quoted;
    text::append_json_string(quoted, text);
    return quoted;
}

std::string call(std::string_view method, std::string_view argument) {
    return "__pawl__." + std::string(method) + "(" + literal(argument) + ")";
}

/// "name rest"
Halves first_word(std::string_view text) {
    const std::string_view trimmed = trim(text);
    const size_t end = std::min(trimmed.find_first_of(" \t"), trimmed.size());
    return {trimmed.substr(0, end), trim(trimmed.substr(end))};
}

// About display and about IPython itself.
constexpr std::string_view idle_magics =
    "alias alias_magic autoawait autocall autoindent automagic autoreload autosave colors config "
    "debug dhist dirs doctest_mode gui hist history load_ext logoff logon logstart logstate "
    "logstop lsmagic magic matplotlib notebook page pdb pdef pdoc pfile pinfo pinfo2 pprint "
    "precision psearch psource quickref recall reload_ext reset_selective subplots unload_ext who "
    "who_ls whos xdel xmode";
constexpr std::string_view shell_magics = "cat cp ls ll lf lk ldir lx man mkdir mv rm rmdir";
constexpr std::string_view statement_magics = "time timeit prun memit";
constexpr std::string_view code_cell_magics = "time timeit capture prun memit";
constexpr std::string_view screen_cell_magics =
    "html HTML javascript Javascript js latex markdown svg SVG";

class CellReader {
  public:
    CellReader(std::string_view cell, std::string_view name)
        : lines_(split_lines(cell)), name_(name) {}

    Result<PlainCell> read() {
        const size_t first = first_line();
        if (first < lines_.size() && lines_[first].starts_with("%%")) {
            const bool is_done = TRY(read_cell_magic(first));
            if (is_done) {
                return std::move(plain_);
            }
        }
        for (at_ = plain_lines_; at_ < lines_.size(); ++at_) {
            if (state_.is_at_statement() && TRY(read_magic_line())) {
                continue;
            }
            state_.feed(lines_[at_]);
            put(lines_[at_]);
        }
        return std::move(plain_);
    }

  private:
    void put(std::string_view line) {
        plain_.code.append(line).append("\n");
        ++plain_lines_;
    }

    size_t first_line() const {
        size_t first = 0;
        while (first < lines_.size() && trim(lines_[first]).empty()) {
            ++first;
        }
        return first;
    }

    tl::unexpected<Error> refuse(std::string_view what) const {
        return fail(Error{Error::Kind::input, printable(name_) + ":" + std::to_string(at_ + 1) +
                                                  ": " + printable(what) +
                                                  " is IPython's, and the notebook's code is run "
                                                  "as plain Python"}
                        .hint("take it out of the notebook, or run it with Jupyter"));
    }

    /// True when nothing is left of the cell.
    Result<bool> read_cell_magic(size_t first) {
        at_ = first;
        const Halves magic = first_word(lines_[first].substr(2));
        std::string rest;
        for (size_t i = first + 1; i < lines_.size(); ++i) {
            rest.append(lines_[i]).append("\n");
        }
        for (size_t i = 0; i < first; ++i) {
            put("");
        }
        if (is_one_of(magic.before, code_cell_magics)) {
            put("");
            return false;
        }
        if (magic.before == "writefile" || magic.before == "file") {
            const bool is_appended = magic.after.starts_with("-a ");
            const std::string_view path = is_appended ? trim(magic.after.substr(3)) : magic.after;
            put("__pawl__.write(" + literal(path) + ", " + literal(rest) +
                (is_appended ? ", True)" : ", False)"));
        } else if (is_one_of(magic.before, "bash sh script ! sx system")) {
            const bool is_named = magic.before == "script" && !magic.after.empty();
            put("__pawl__.script(" +
                literal(is_named                 ? magic.after
                        : magic.before == "bash" ? std::string_view("bash")
                                                 : std::string_view("sh")) +
                ", " + literal(rest) + ")");
        } else if (is_one_of(magic.before, screen_cell_magics)) {
            put("pass");
        } else {
            return refuse("%%" + std::string(magic.before));
        }
        while (plain_lines_ < lines_.size()) {
            put("");
        }
        return true;
    }

    /// The line at at_, and those that it goes on in; false when it is plain Python.
    Result<bool> read_magic_line() {
        const std::string_view line = trim_right(lines_[at_]);
        const size_t begin = line.find_first_not_of(" \t");
        if (begin == std::string_view::npos) {
            return false;
        }
        const std::string_view indent = line.substr(0, begin);
        const std::string_view text = line.substr(begin);
        if (text[0] == '!' || text[0] == '%') {
            TRY(replace(std::string(indent), 0));
            return true;
        }
        if (text[0] == '?' || (text.back() == '?' && text.find('#') == std::string_view::npos)) {
            put(std::string(indent) + "pass");
            return true;
        }
        const size_t target = assignment_end(text);
        if (target != 0) {
            TRY(replace(std::string(line.substr(0, begin + target)), target));
            return true;
        }
        return false;
    }

    /// The length of "x = " before "!" or "%"; 0 when this is no such line.
    static size_t assignment_end(std::string_view text) {
        const size_t equals = text.find('=');
        if (equals == std::string_view::npos || equals == 0) {
            return 0;
        }
        const bool is_target =
            std::all_of(text.begin(), text.begin() + static_cast<long>(equals), [](char c) {
                return is_alnum(c) || c == '_' || c == '.' || c == ',' || c == ' ' || c == '[' ||
                       c == ']';
            });
        const size_t begin = text.find_first_not_of(" \t", equals + 1);
        const bool is_magic = begin != std::string_view::npos && begin + 1 < text.size() &&
                              (text[begin] == '!' || text[begin] == '%') && text[begin + 1] != '=';
        return is_target && is_magic && !is_digit(text[0]) ? begin : 0;
    }

    /// Puts `before` and the call in place of the line; what followed a "\" at its end goes along.
    Result<> replace(const std::string& before, size_t target) {
        const size_t begin_line = at_;
        std::string text(trim(lines_[at_]));
        while (text.ends_with('\\') && at_ + 1 < lines_.size()) {
            text.pop_back();
            text += " " + std::string(trim(lines_[++at_]));
        }
        const std::string magic(trim(std::string_view(text).substr(target)));
        const size_t last_line = at_;
        at_ = begin_line; // for errors
        std::string code = TRY(code_of(magic, target != 0));
        put(before + code);
        for (at_ = begin_line; at_ < last_line; ++at_) {
            put("");
        }
        return {};
    }

    Result<std::string> code_of(const std::string& magic, bool is_assigned) {
        if (magic[0] == '!') {
            const std::string_view command = trim(
                std::string_view(magic).substr(magic.starts_with("!!") ? size_t{2} : size_t{1}));
            if (take_pip(words_of(command))) {
                return std::string(is_assigned ? "[]" : "pass");
            }
            return call(is_assigned ? "output" : "shell", command);
        }
        const Halves named = first_word(std::string_view(magic).substr(1));
        if (is_one_of(named.before, "pip uv conda mamba micromamba")) {
            if (!take_pip(words_of(std::string_view(magic).substr(1)))) {
                return refuse("%" + std::string(named.before) + " " + std::string(named.after));
            }
            return std::string("pass");
        }
        if (is_one_of(named.before, statement_magics)) {
            return statement_of(named.after);
        }
        if (named.before == "cd" || named.before == "env" || named.before == "set_env") {
            return call(named.before == "cd" ? "cd" : "env", named.after);
        }
        if (named.before == "pwd") {
            return std::string("__import__(\"os\").getcwd()");
        }
        if (is_one_of(named.before, shell_magics)) {
            const bool is_short = named.before[0] == 'l' && named.before != "ls";
            return call(is_assigned ? "output" : "shell",
                        (is_short ? "ls -l " + std::string(named.after)
                                  : std::string_view(magic).substr(1)));
        }
        if (named.before == "sx" || named.before == "system") {
            return call(is_assigned ? "output" : "shell", named.after);
        }
        if (is_one_of(named.before, idle_magics) && !is_assigned) {
            return std::string("pass");
        }
        return refuse("%" + std::string(named.before));
    }

    /// The statement of `%timeit -n 10 f()`.
    static std::string statement_of(std::string_view text) {
        Halves rest = first_word(text);
        while (rest.before.starts_with("-")) {
            const bool has_value = rest.before.size() == 2 && is_one_of(rest.before, "-n -r -s -l");
            rest = first_word(has_value ? first_word(rest.after).after : rest.after);
        }
        return rest.before.empty() ? "pass"
                                   : std::string(rest.before) + (rest.after.empty() ? "" : " ") +
                                         std::string(rest.after);
    }

    /// Whether these words install something: "pip install x", "python -m pip install x". Nothing
    /// of it is run: the environment of a run never changes.
    bool take_pip(const Words& words) {
        const auto tool = std::ranges::find_if(words, [](std::string_view word) {
            return is_one_of(word, "pip pip3 conda mamba micromamba");
        });
        const auto verb = std::find(tool, words.end(), "install");
        if (tool == words.end() || verb == words.end() || tool - words.begin() > 3) {
            return false;
        }
        const bool is_pip = tool->starts_with("pip");
        PipLine line{.line = static_cast<uint32_t>(at_ + 1), .requirements = {}, .left_out = {}};
        for (auto word = verb + 1; word != words.end(); ++word) {
            take_pip_word(line, *word, is_pip);
            if (is_one_of(*word, "-r --requirement -c --constraint -i --index-url -f --find-links "
                                 "--extra-index-url -t --target -e --editable --channel") &&
                word + 1 != words.end()) {
                line.left_out.emplace_back(*++word);
            }
        }
        plain_.pip_lines.push_back(std::move(line));
        return true;
    }

    static void take_pip_word(PipLine& line, std::string_view word, bool is_pip) {
        if (word.size() > 1 && (word[0] == '"' || word[0] == '\'') && word.back() == word[0]) {
            word = word.substr(1, word.size() - 2);
        }
        if (word.starts_with("-")) {
            return;
        }
        const bool is_name = is_pip && is_alnum(word[0]) && pep::Requirement::parse(word);
        (is_name ? line.requirements : line.left_out).emplace_back(word);
    }

    std::vector<std::string_view> lines_;
    std::string_view name_;
    LineState state_;
    size_t at_ = 0;
    size_t plain_lines_ = 0;
    PlainCell plain_;
};

} // namespace

Result<PlainCell> without_magics(std::string_view cell, std::string_view name) {
    return CellReader(cell, name).read();
}

} // namespace pawl::script
