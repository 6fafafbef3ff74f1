#include "script/pins.h"

#include <algorithm>

#include "base/text.h"

namespace pawl::script {
namespace {

std::string described(const PlacedPin& pin) {
    return pin.origin().str() + ": # " + (pin.pin->is_repin ? "repin: " : "pin: ") +
           printable(pin.pin->requirement.text);
}

/// Whether no version satisfies both. Markers are left to the resolver, unless they are equal.
bool contradict(const pep::Requirement& a, const pep::Requirement& b) {
    if (a.name != b.name || a.marker != b.marker) {
        return false;
    }
    if (!a.url.empty() || !b.url.empty()) {
        return !a.url.empty() && !b.url.empty() && a.url != b.url;
    }
    return a.specifiers.set().is_disjoint(b.specifiers.set());
}

Result<> check_together(const std::vector<PlacedPin>& pins) {
    for (size_t i = 0; i < pins.size(); ++i) {
        for (size_t k = i + 1; k < pins.size(); ++k) {
            if (contradict(pins[i].pin->requirement.requirement,
                           pins[k].pin->requirement.requirement)) {
                return fail(Error{Error::Kind::no_solution,
                                  "no solution: these pins contradict each other\n    " +
                                      described(pins[i]) + "\n    " + described(pins[k])}
                                .hint("change one of them, or put \"# repin:\" behind the import "
                                      "in the script itself: the outermost repin decides"));
            }
        }
    }
    return {};
}

/// Leaves the outermost repin alone, if there is one. Files are in the order of their depth.
Result<> settle(std::vector<PlacedPin>& pins) {
    const auto is_repin = [](const PlacedPin& pin) { return pin.pin->is_repin; };
    const auto outermost = std::ranges::find_if(pins, is_repin);
    if (outermost == pins.end()) {
        return {};
    }
    const PlacedPin chosen = *outermost;
    for (const PlacedPin& other : pins) {
        if (is_repin(other) && other.file == chosen.file &&
            other.pin->requirement.requirement.str() != chosen.pin->requirement.requirement.str()) {
            return fail(Error::Kind::input, "two repins of one module in one file, and each would "
                                            "be final\n    " +
                                                described(chosen) + "\n    " + described(other));
        }
    }
    pins.assign(1, chosen);
    return {};
}

} // namespace

Result<PinMap> collect_pins(const SourceTree& tree, const NeedsOptions& options) {
    PinMap map;
    for (const SourceFile& file : tree.files) {
        if (file.lists_requirements() || file.declares()) {
            continue; // there the imports decide nothing, and so neither do their pins
        }
        for (const Pin& pin : file.directives.pins) {
            if (standing_of(file, pin.import_index, options) == Standing::counted) {
                map[pin.module].push_back({&file, &pin});
            }
        }
    }
    std::vector<PlacedPin> all;
    for (auto& [module, pins] : map) {
        TRY(settle(pins));
        all.insert(all.end(), pins.begin(), pins.end());
    }
    TRY(check_together(all));
    return map;
}

} // namespace pawl::script
