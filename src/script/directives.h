#pragma once
// Directives: comments that steer inference (design §5).
//
//   # requirements:            these and nothing else        # extra_requirements:   these as well
//   # requests>=2 ; marker     one requirement a line, to the first line that is no comment or
//   #                          an empty one
//   import tiny  # pin: tiny==0.1.3     what this import needs     # repin: the same, and final
//   # py: >=3.12,<3.13                  versions of Python; only in the comments at the top

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pep/requirement.h"
#include "pep/specifier.h"
#include "script/inline_metadata.h"
#include "script/scanner.h"

namespace pawl::script {

/// A `# requirements:` or `# extra_requirements:` block.
struct RequirementBlock {
    Position at;
    std::vector<std::string> files; ///< names behind the keyword: workspace requirement files
    std::vector<DeclaredRequirement> requirements;
};

struct Pin {
    bool is_repin = false;
    uint32_t import_index = 0; ///< of Scan::imports
    std::string module;        ///< the import's first name: what the pin is for
    DeclaredRequirement requirement;
};

struct PythonDirective {
    std::string text; ///< ">=3.12,<3.13"; "# py: 3.12" and "# py312" give "==3.12.*"
    pep::Specifiers specifiers;
    Position at;
};

struct Directives {
    std::vector<RequirementBlock> requirements;       ///< at most one
    std::vector<RequirementBlock> extra_requirements; ///< at most one
    std::vector<Pin> pins;                            ///< in the order of the text
    std::vector<PythonDirective> python;
};

/// Reads the directives of a scanned script. What cannot be read is an error with its line.
Result<Directives> read_directives(const Scan& scan, std::string_view name);

} // namespace pawl::script
