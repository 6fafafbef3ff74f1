#pragma once
// Hands a JSON page on to a PageBuilder.

#include "index/page_builder.h"
#include "index/page_entry.h"

namespace pawl::index {

class BuilderSink final : public PageSink {
  public:
    explicit BuilderSink(PageBuilder& builder) : builder_(builder) {}

    void on_api_version(std::string_view version) override {
        auto fine = builder_.set_api_version(version);
        if (!fine && result) {
            result = fail(std::move(fine.error()));
        }
    }
    void on_status(std::string_view status, std::string_view reason) override {
        builder_.set_status(status, reason);
    }
    void on_entry(const PageEntry& entry) override { builder_.add(entry); }
    void on_bad_entry(std::string_view what, std::string_view why) override {
        builder_.skip(what, why);
    }

    Result<> result; ///< the first thing that makes the page unreadable

  private:
    PageBuilder& builder_;
};

} // namespace pawl::index
