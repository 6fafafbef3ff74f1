#include "test/scenarios/plain_marker.h"

#include <algorithm>

#include "base/text.h"

namespace pawl::scenarios {

namespace {

constexpr int no_variable = -1;
constexpr int extra_variable = 100;
constexpr int extras_variable = 101;
constexpr int groups_variable = 102;

std::string folded(std::string_view name) {
    std::string result;
    for (char c : name) {
        bool is_dash = c == '-' || c == '_' || c == '.';
        if (is_dash && !result.empty() && result.back() == '-') {
            continue;
        }
        result += is_dash ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return result;
}

int variable_named(std::string_view name) {
    for (size_t i = 0; i < PlainPoint::variables.size(); ++i) {
        if (PlainPoint::variables[i] == name) {
            return static_cast<int>(i);
        }
    }
    return name == "extra"               ? extra_variable
           : name == "extras"            ? extras_variable
           : name == "dependency_groups" ? groups_variable
                                         : no_variable;
}

bool is_version_variable(int variable) {
    return variable == 6 || variable == 7 || variable == 10;
}

} // namespace

const std::string& PlainPoint::value(std::string_view variable) const {
    return values.at(static_cast<size_t>(variable_named(variable)));
}

void PlainPoint::set(std::string_view variable, std::string value) {
    auto index = static_cast<size_t>(variable_named(variable));
    if (is_version_variable(static_cast<int>(index))) {
        versions[index] = PlainVersion::parse(value);
    }
    values[index] = std::move(value);
}

std::string PlainPoint::str() const {
    std::string text = values[1] + " " + values[3] + " " + values[9] + " " + values[7];
    for (const auto* names : {&extras, &groups}) {
        for (const std::string& name : *names) {
            text += " +" + name;
        }
    }
    return text;
}

/// or := and ("or" and)*; and := one ("and" one)*; one := "(" or ")" | side op side.
class PlainMarkerReader {
  public:
    explicit PlainMarkerReader(std::string_view text) : rest_(text) {}

    std::optional<PlainMarker> read() {
        if (trim(rest_).empty()) {
            return marker_;
        }
        auto whole = read_either();
        if (!whole || !trim(rest_).empty()) {
            return std::nullopt;
        }
        return marker_;
    }

  private:
    using Node = PlainMarker::Node;
    using Side = PlainMarker::Side;

    bool take(std::string_view word) {
        rest_ = trim(rest_);
        bool is_word = is_alnum(word.front());
        if (!rest_.starts_with(word) ||
            (is_word && rest_.size() > word.size() && is_alnum(rest_[word.size()]))) {
            return false;
        }
        rest_.remove_prefix(word.size());
        return true;
    }

    size_t add(Node node) {
        marker_.nodes_.push_back(std::move(node));
        return marker_.nodes_.size() - 1;
    }

    std::optional<size_t> read_either() {
        auto left = read_both();
        while (left && take("or")) {
            auto right = read_both();
            left = right ? std::optional(join(Node::Kind::either, *left, *right)) : std::nullopt;
        }
        return left;
    }

    std::optional<size_t> read_both() {
        auto left = read_one();
        while (left && take("and")) {
            auto right = read_one();
            left = right ? std::optional(join(Node::Kind::both, *left, *right)) : std::nullopt;
        }
        return left;
    }

    size_t join(Node::Kind kind, size_t first, size_t second) {
        Node node;
        node.kind = kind;
        node.first = first;
        node.second = second;
        return add(std::move(node));
    }

    std::optional<size_t> read_one() {
        if (take("(")) {
            auto inside = read_either();
            return inside && take(")") ? inside : std::nullopt;
        }
        Node node;
        auto left = read_side();
        auto op = left ? read_operator() : std::nullopt;
        auto right = op ? read_side() : std::nullopt;
        if (!right) {
            return std::nullopt;
        }
        node.left = *left;
        node.op = *op;
        node.right = *right;
        // A literal on the left of an order: the same, the other way round.
        if (is_version_variable(node.right.variable) && node.op.find("in") == std::string::npos) {
            std::swap(node.left, node.right);
            char& first = node.op.front();
            first = first == '<' ? '>' : first == '>' ? '<' : first;
        }
        if (is_version_variable(node.left.variable)) {
            node.clause = PlainClause::parse(node.op + node.right.literal);
        }
        return add(std::move(node));
    }

    std::optional<Side> read_side() {
        rest_ = trim(rest_);
        if (rest_.empty()) {
            return std::nullopt;
        }
        Side side;
        char quote = rest_.front();
        if (quote == '\'' || quote == '"') {
            size_t end = rest_.find(quote, 1);
            if (end == std::string_view::npos) {
                return std::nullopt;
            }
            side.literal = rest_.substr(1, end - 1);
            rest_.remove_prefix(end + 1);
            return side;
        }
        size_t end = 0;
        while (end < rest_.size() && (is_alnum(rest_[end]) || rest_[end] == '_')) {
            ++end;
        }
        side.variable = variable_named(rest_.substr(0, end));
        rest_.remove_prefix(end);
        return side.variable == no_variable ? std::nullopt : std::optional(side);
    }

    std::optional<std::string> read_operator() {
        for (std::string_view op : {"===", "==", "!=", "<=", ">=", "~=", "<", ">", "in"}) {
            if (take(op)) {
                return std::string(op);
            }
        }
        return take("not") && take("in") ? std::optional<std::string>("not in") : std::nullopt;
    }

    std::string_view rest_;
    PlainMarker marker_;
};

std::optional<PlainMarker> PlainMarker::parse(std::string_view text) {
    return PlainMarkerReader(text).read();
}

bool PlainMarker::holds(const PlainPoint& point) const {
    return nodes_.empty() || holds(nodes_.size() - 1, point);
}

bool PlainMarker::holds(size_t index, const PlainPoint& point) const { // depth: the marker's own
    const Node& node = nodes_[index];
    switch (node.kind) {
    case Node::Kind::both:
        return holds(node.first, point) && holds(node.second, point);
    case Node::Kind::either:
        return holds(node.first, point) || holds(node.second, point);
    case Node::Kind::comparison:
        return compare(node, point);
    }
    return false;
}

bool PlainMarker::compare(const Node& node, const PlainPoint& point) const {
    bool is_in = node.op == "in";
    if (node.right.variable == extras_variable || node.right.variable == groups_variable) {
        const auto& names = node.right.variable == extras_variable ? point.extras : point.groups;
        return names.contains(folded(node.left.literal)) == is_in;
    }
    if (node.clause) {
        const auto index = static_cast<size_t>(node.left.variable);
        return node.clause->admits(*point.versions[index], point.values[index]);
    }
    bool is_extra = node.left.variable == extra_variable || node.right.variable == extra_variable;
    auto value_of = [&](const Side& side) -> std::string {
        if (side.variable == extra_variable) {
            return point.extra;
        }
        if (side.variable != no_variable) {
            return point.values[static_cast<size_t>(side.variable)];
        }
        return is_extra ? folded(side.literal) : side.literal;
    };
    std::string left = value_of(node.left);
    std::string right = value_of(node.right);
    if (is_in || node.op == "not in") {
        return (right.find(left) != std::string::npos) == is_in;
    }
    return (left == right) == (node.op == "==" || node.op == "===");
}

bool PlainMarker::mentions_extra(std::string_view name) const {
    return std::ranges::any_of(nodes_, [name](const Node& node) {
        bool left = node.left.variable == extra_variable;
        bool right = node.right.variable == extra_variable;
        return (left || right) &&
               (name.empty() || folded(left ? node.right.literal : node.left.literal) == name);
    });
}

std::optional<PlainNeed> PlainNeed::parse(std::string_view text) {
    PlainNeed need;
    need.text = text;
    size_t semicolon = text.find(" ;");
    auto marker = PlainMarker::parse(
        semicolon == std::string_view::npos ? std::string_view() : text.substr(semicolon + 2));
    std::string_view head = trim(text.substr(0, semicolon));
    size_t at = head.find('@');
    if (at != std::string_view::npos) {
        need.url = trim(head.substr(at + 1));
        head = trim(head.substr(0, at));
    }
    size_t end = head.find_first_of("[=<>!~ (");
    need.name = folded(head.substr(0, end));
    std::string_view rest = end == std::string_view::npos ? "" : trim(head.substr(end));
    if (rest.starts_with('[')) {
        size_t close = rest.find(']');
        if (close == std::string_view::npos) {
            return std::nullopt;
        }
        for (std::string_view extra : split(rest.substr(1, close - 1), ',')) {
            need.extras.push_back(folded(trim(extra)));
        }
        rest = trim(rest.substr(close + 1));
    }
    if (rest.starts_with('(') && rest.ends_with(')')) {
        rest = rest.substr(1, rest.size() - 2);
    }
    auto clauses = plain_clauses(rest);
    if (need.name.empty() || !marker || !clauses) {
        return std::nullopt;
    }
    need.marker = std::move(*marker);
    need.clauses = std::move(*clauses);
    return need;
}

bool PlainNeed::is_exact() const {
    return !url.empty() || (clauses.size() == 1 && !clauses.front().is_wildcard &&
                            (clauses.front().op == "==" || clauses.front().op == "==="));
}

bool PlainNeed::names_prerelease() const {
    return std::ranges::any_of(clauses, [](const PlainClause& clause) {
        return clause.op != "!=" && clause.version && clause.version->is_prerelease();
    });
}

namespace {

/// "3.12" of "312", 3 alone of "3".
std::optional<std::pair<uint64_t, std::optional<uint64_t>>> python_of(std::string_view digits) {
    auto first = parse_unsigned(digits.substr(0, 1));
    if (!first) {
        return std::nullopt;
    }
    return std::make_pair(*first, digits.size() > 1 ? parse_unsigned(digits.substr(1))
                                                    : std::optional<uint64_t>());
}

bool python_fits(std::string_view python, std::string_view abi, const PlainPoint& point) {
    auto wanted = python.size() > 2 ? python_of(python.substr(2)) : std::nullopt;
    const std::vector<uint64_t>& running = point.python().release;
    if (!wanted || running.empty() || running[0] != wanted->first) {
        return false;
    }
    uint64_t minor = running.size() > 1 ? running[1] : 0;
    std::string_view kind = python.substr(0, 2);
    if (kind == "py") { // and whatever is newer
        return minor >= wanted->second.value_or(0);
    }
    const std::string& implementation = point.value("implementation_name");
    if (kind == "cp" && implementation == "cpython") {
        return abi == "abi3" ? minor >= wanted->second.value_or(0)
                             : !wanted->second || minor == *wanted->second;
    }
    return kind == "pp" && implementation == "pypy" &&
           (!wanted->second || minor == *wanted->second);
}

bool platform_fits(std::string_view platform, const PlainPoint& point) {
    const std::string& system = point.value("sys_platform");
    const std::string& machine = point.value("platform_machine");
    if (platform == "any") {
        return true;
    }
    if (platform == "win_amd64") {
        return system == "win32" && machine == "AMD64";
    }
    if (platform.starts_with("macosx_")) {
        return system == "darwin" &&
               (platform.ends_with("_universal2") || platform.ends_with("_" + machine));
    }
    bool is_linux = platform.starts_with("manylinux_") || platform.starts_with("musllinux_") ||
                    platform.starts_with("manylinux2014_") || platform.starts_with("linux_");
    return is_linux && system == "linux" && platform.ends_with("_" + machine);
}

} // namespace

bool plain_tag_fits(std::string_view tag, const PlainPoint& point) {
    std::vector<std::string_view> parts = split(tag, '-');
    if (parts.size() != 3) {
        return false;
    }
    bool is_for_python = false;
    for (std::string_view python : split(parts[0], '.')) {
        for (std::string_view abi : split(parts[1], '.')) {
            is_for_python = is_for_python || python_fits(python, abi, point);
        }
    }
    return is_for_python && std::ranges::any_of(split(parts[2], '.'), [&](std::string_view one) {
               return platform_fits(one, point);
           });
}

} // namespace pawl::scenarios
