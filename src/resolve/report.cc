#include "resolve/report.h"

namespace pawl::resolve {

std::string Report::str() const {
    std::string text = "no solution";
    if (!region.empty()) {
        text += " where ";
        text += region;
    }
    text += ":";
    for (size_t i = 0; i < steps.size(); ++i) {
        text += "\n  " + std::to_string(i + 1) + ". " + steps[i];
    }
    if (!conclusion.empty()) {
        text += "\n  " + conclusion;
    }
    for (const std::string& hint : hints) {
        text += "\n  hint: " + hint;
    }
    return text;
}

} // namespace pawl::resolve
