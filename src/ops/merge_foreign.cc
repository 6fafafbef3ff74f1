// A lock is cut into units: what stands before the packages, each project with all its entries, and
// what stands behind them. A unit that only one side changed is taken from there, as text, so that
// nothing is lost that only the tool understands.
//
// Where both sides asked for something new, both changed the head, and the entry of the project
// itself, which lists what it needs (uv). Those units are merged line by line; a line is known by
// the table and the list that it stands in. The hash of the manifest cannot be known here, since
// git merges the manifest at its own time: where both sides changed it, it stays that of our side,
// and the tool sees that its lock is old.

#include "ops/merge_foreign.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace pawl::ops {

namespace {

struct Unit {
    std::string key; ///< a project's name; "" and "~" for what stands around them
    std::string text;
};
using Units = std::vector<Unit>;

const std::string* text_of(const Units& units, std::string_view key) {
    auto found = std::ranges::find(units, key, &Unit::key);
    return found == units.end() ? nullptr : &found->text;
}

/// The keys of both sides: ours in order, and each new one of theirs behind its neighbour.
std::vector<std::string> keys_of(const Units& ours, const Units& theirs) {
    std::vector<std::string> keys;
    for (const Unit& unit : ours) {
        keys.push_back(unit.key);
    }
    std::string neighbour;
    for (const Unit& unit : theirs) {
        if (std::ranges::find(keys, unit.key) == keys.end()) {
            auto at = std::ranges::find(keys, neighbour);
            keys.insert(at == keys.end() ? keys.begin() : at + 1, unit.key);
        }
        neighbour = unit.key;
    }
    return keys;
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
        lines.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return lines;
}

// --- cutting ------------------------------------------------------------------------------------

void append(Units& units, const std::string& key, std::string_view line) {
    auto at = std::ranges::find(units, key, &Unit::key);
    if (at == units.end()) {
        units.push_back({key, std::string(line)});
    } else {
        at->text += line;
    }
}

/// poetry.lock, pdm.lock and uv.lock: `[[package]]` and a name in the next line.
Units units_of_toml(std::string_view text) {
    Units units;
    std::string key;
    const auto lines = lines_of(text);
    for (size_t i = 0; i < lines.size(); ++i) {
        if (lines[i].starts_with("[[package]]")) {
            key = i + 1 < lines.size() ? std::string(trim(lines[i + 1])) : "";
        } else if (lines[i].starts_with('[') && !lines[i].starts_with("[package.") &&
                   !lines[i].starts_with("[[package.") && !key.empty()) {
            key = "~";
        }
        append(units, key, lines[i]);
    }
    return units;
}

/// A requirement and the lines below it that are indented.
Units units_of_requirements(std::string_view text) {
    Units units;
    std::string key;
    for (std::string_view line : lines_of(text)) {
        if (is_alnum(line.front()) || line.starts_with("-e ")) {
            size_t begin = line.starts_with("-e ") ? 3 : 0;
            key = std::string(line.substr(0, line.find_first_of("=@[; \n", begin)));
        } else if (line.front() == '-') {
            key = "";
        }
        append(units, key, line);
    }
    return units;
}

Units units_of(exchange::Format format, std::string_view text) {
    return format == exchange::Format::requirements ? units_of_requirements(text)
                                                    : units_of_toml(text);
}

// --- joining ------------------------------------------------------------------------------------

/// The lines of a unit, each known by its table, its key, and inside a list by itself; nothing when
/// one place has two texts.
std::optional<Units> lines_by_place(std::string_view text) {
    Units lines;
    std::string table;
    std::string name;
    for (std::string_view line : lines_of(text)) {
        std::string place = table + "\n" + name + "\n" + std::string(line);
        if (line.starts_with('[')) {
            table = std::string(trim(line));
            name.clear();
            place = table;
        } else if (size_t equal = line.find(" = "); is_alnum(line.front()) && equal != line.npos) {
            name = std::string(line.substr(0, equal));
            place = table + "\n" + name;
        }
        const std::string* there = text_of(lines, place);
        if (there != nullptr && (*there != line || line.starts_with('['))) {
            return std::nullopt;
        }
        lines.push_back({std::move(place), std::string(line)});
    }
    return lines;
}

bool is_manifest_hash(std::string_view place) {
    return place.ends_with("\ncontent-hash") || place.ends_with("\ncontent_hash");
}

class Merge {
  public:
    MergedText run(const Units& base, const Units& ours, const Units& theirs) {
        for (const std::string& key : keys_of(ours, theirs)) {
            join(key, text_of(base, key), text_of(ours, key), text_of(theirs, key));
        }
        return std::move(merged_);
    }

  private:
    static bool is_same(const std::string* a, const std::string* b) {
        return a == nullptr || b == nullptr ? a == b : *a == *b;
    }

    void join(const std::string& key, const std::string* base, const std::string* ours,
              const std::string* theirs) {
        if (is_same(ours, theirs) || is_same(theirs, base)) {
            merged_.text += ours != nullptr ? *ours : "";
        } else if (is_same(ours, base)) {
            merged_.text += theirs != nullptr ? *theirs : "";
        } else if (!join_lines(base, ours, theirs)) {
            std::string_view name = key;
            if (name.starts_with("name = \"")) {
                name.remove_prefix(std::string_view("name = \"").size());
                name = name.substr(0, name.find('"'));
            }
            bool is_around = key.empty() || key == "~";
            merged_.conflicts.emplace_back(is_around ? "what stands around the packages" : name);
            merged_.text += "<<<<<<< ours\n" + (ours != nullptr ? *ours : "") + "=======\n" +
                            (theirs != nullptr ? *theirs : "") + ">>>>>>> theirs\n";
        }
    }

    /// False when both sides changed one line in two ways.
    bool join_lines(const std::string* base, const std::string* ours, const std::string* theirs) {
        auto cut = [](const std::string* text) {
            return text == nullptr ? std::nullopt : lines_by_place(*text);
        };
        const std::optional<Units> before = cut(base);
        const std::optional<Units> left = cut(ours);
        const std::optional<Units> right = cut(theirs);
        if (!before || !left || !right) {
            return false;
        }
        std::string text;
        bool is_stale = false;
        for (const std::string& place : keys_of(*left, *right)) {
            const std::string* was = text_of(*before, place);
            const std::string* a = text_of(*left, place);
            const std::string* b = text_of(*right, place);
            if (is_manifest_hash(place) && !is_same(a, b)) {
                is_stale = true;
                text += a != nullptr ? *a : "";
            } else if (is_same(a, b) || is_same(b, was)) {
                text += a != nullptr ? *a : "";
            } else if (is_same(a, was)) {
                text += b != nullptr ? *b : "";
            } else {
                return false;
            }
        }
        merged_.text += text;
        merged_.is_stale = merged_.is_stale || is_stale;
        return true;
    }

    MergedText merged_;
};

} // namespace

MergedText merge_foreign(exchange::Format format, std::string_view base, std::string_view ours,
                         std::string_view theirs) {
    return Merge().run(units_of(format, base), units_of(format, ours), units_of(format, theirs));
}

} // namespace pawl::ops
