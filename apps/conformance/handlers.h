#pragma once
// pawl-conformance: answers the cases of the conformance corpus, so that the corpus (and any other
// made with another seed) can be held against pawl's vocabulary. A test tool; not installed.
//
// One file a kind of case; each registers its operations here.

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "pep/marker.h"
#include "pep/tag.h"
#include "text/json.h"

namespace pawl::conformance {

using text::Value;

/// Answers one case: from the case's "in" to its "out". An error becomes {"error": message}.
using Handler = std::function<Result<Value>(const Value& in)>;

class Handlers {
  public:
    /// `tables` is the corpus's tables.json; handlers may keep references into it.
    explicit Handlers(const Value& tables) : tables_(&tables) {}

    const Value& tables() const { return *tables_; }
    void add(std::string operation, Handler handler) {
        handlers_[std::move(operation)] = std::move(handler);
    }
    /// Null for an operation that nobody registered.
    const Handler* find(std::string_view operation) const {
        auto found = handlers_.find(operation);
        return found == handlers_.end() ? nullptr : &found->second;
    }

  private:
    const Value* tables_;
    std::map<std::string, Handler, std::less<>> handlers_;
};

void add_version_handlers(Handlers& handlers);     // versions.cc
void add_specifier_handlers(Handlers& handlers);   // specifiers.cc
void add_requirement_handlers(Handlers& handlers); // requirements.cc
void add_file_name_handlers(Handlers& handlers);   // filenames.cc
void add_marker_handlers(Handlers& handlers);      // markers.cc
void add_tag_handlers(Handlers& handlers);         // tags.cc
void add_metadata_handlers(Handlers& handlers);    // metadata.cc
void add_misc_handlers(Handlers& handlers);        // misc.cc
void add_pylock_handlers(Handlers& handlers);      // pylock.cc

/// The string member `key` of a case's input; an error when the case does not have it.
Result<std::string_view> text_of(const Value& in, std::string_view key);
/// The array member `key`, of strings.
Result<std::vector<std::string_view>> texts_of(const Value& in, std::string_view key);

/// The environment that the tables hold under a key.
Result<pep::MarkerEnvironment> environment_of(const Value& tables, std::string_view key);
/// The tags, best first, of an interpreter: "python" (two numbers), "flavour" and "platform".
Result<std::vector<pep::Tag>> tags_of(const Value& tables, const Value& in);

} // namespace pawl::conformance
