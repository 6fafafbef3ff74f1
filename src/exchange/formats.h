#pragma once
// The readers and writers behind the table of format.cc; private to the room.

#include <string>

#include "base/result.h"
#include "exchange/document.h"
#include "exchange/format.h"

namespace pawl::exchange {

Result<Document> read_pylock(std::string text, const Context& context);
Result<Written> write_pylock(const Document& document, const Context& context);

Result<Document> read_uv(std::string text, const Context& context);
Result<Written> write_uv(const Document& document, const Context& context);

Result<Document> read_poetry(std::string text, const Context& context);
Result<Written> write_poetry(const Document& document, const Context& context);

Result<Document> read_pdm(std::string text, const Context& context);
Result<Written> write_pdm(const Document& document, const Context& context);

Result<Document> read_pipenv(std::string text, const Context& context);
Result<Written> write_pipenv(const Document& document, const Context& context);

Result<Written> write_cyclonedx(const Document& document, const Context& context);

Result<Document> read_requirements(std::string text, const Context& context);
Result<Written> write_requirements(const Document& document, const Context& context);

} // namespace pawl::exchange
