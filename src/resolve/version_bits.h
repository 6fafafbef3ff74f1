#pragma once
// A set of releases of one project as bits, by their place in the project's list. The list is fixed
// once it is known, so that set operations of the solver are a few machine words; VersionSets are
// converted once a requirement. Values.

#include <bit>
#include <cstdint>
#include <memory>

#include "base/check.h"

namespace pawl::resolve {

class VersionBits {
  public:
    /// The empty set over a list of `size` releases. Sets meet only others of the same size.
    explicit VersionBits(uint32_t size = 0) : size_(size) {
        if (words() > inline_words) {
            heap_ = std::make_unique<uint64_t[]>(words());
        }
    }
    VersionBits(const VersionBits& other) : VersionBits(other.size_) { copy_words(other); }
    VersionBits& operator=(const VersionBits& other) {
        if (this != &other) {
            if (words() != other.words()) {
                heap_ = other.words() > inline_words ? std::make_unique<uint64_t[]>(other.words())
                                                     : nullptr;
            }
            size_ = other.size_;
            copy_words(other);
        }
        return *this;
    }
    VersionBits(VersionBits&& other) noexcept = default;
    VersionBits& operator=(VersionBits&& other) noexcept = default;
    ~VersionBits() = default;

    static VersionBits full(uint32_t size) {
        VersionBits bits(size);
        bits.set_range(0, size);
        return bits;
    }

    uint32_t size() const { return size_; }
    bool has(uint32_t i) const { return ((data()[i / 64] >> (i % 64)) & 1u) != 0; }
    void set(uint32_t i) { data()[i / 64] |= uint64_t{1} << (i % 64); }
    void reset(uint32_t i) { data()[i / 64] &= ~(uint64_t{1} << (i % 64)); }
    void set_range(uint32_t begin, uint32_t end) {
        for (uint32_t i = begin; i < end;) {
            if (i % 64 == 0 && end - i >= 64) {
                data()[i / 64] = ~uint64_t{0};
                i += 64;
            } else {
                set(i++);
            }
        }
    }

    bool is_empty() const {
        for (uint32_t w = 0; w < words(); ++w) {
            if (data()[w] != 0) {
                return false;
            }
        }
        return true;
    }
    uint32_t count() const {
        uint32_t sum = 0;
        for (uint32_t w = 0; w < words(); ++w) {
            sum += static_cast<uint32_t>(std::popcount(data()[w]));
        }
        return sum;
    }
    /// The place of the highest or lowest; size() when there is none.
    uint32_t highest() const {
        for (uint32_t w = words(); w-- > 0;) {
            if (data()[w] != 0) {
                return w * 64 + 63 - static_cast<uint32_t>(std::countl_zero(data()[w]));
            }
        }
        return size_;
    }
    uint32_t lowest() const { return next(0); }
    /// The lowest from `begin` on; size() when there is none.
    uint32_t next(uint32_t begin) const {
        for (uint32_t w = begin / 64; w < words(); ++w) {
            uint64_t word = data()[w];
            if (w == begin / 64) {
                word &= ~uint64_t{0} << (begin % 64);
            }
            if (word != 0) {
                return w * 64 + static_cast<uint32_t>(std::countr_zero(word));
            }
        }
        return size_;
    }

    bool is_subset_of(const VersionBits& other) const {
        check(size_ == other.size_);
        for (uint32_t w = 0; w < words(); ++w) {
            if ((data()[w] & ~other.data()[w]) != 0) {
                return false;
            }
        }
        return true;
    }
    bool is_disjoint(const VersionBits& other) const {
        check(size_ == other.size_);
        for (uint32_t w = 0; w < words(); ++w) {
            if ((data()[w] & other.data()[w]) != 0) {
                return false;
            }
        }
        return true;
    }
    bool operator==(const VersionBits& other) const {
        if (size_ != other.size_) {
            return false;
        }
        for (uint32_t w = 0; w < words(); ++w) {
            if (data()[w] != other.data()[w]) {
                return false;
            }
        }
        return true;
    }

    VersionBits& operator&=(const VersionBits& other) {
        check(size_ == other.size_);
        for (uint32_t w = 0; w < words(); ++w) {
            data()[w] &= other.data()[w];
        }
        return *this;
    }
    VersionBits& operator|=(const VersionBits& other) {
        check(size_ == other.size_);
        for (uint32_t w = 0; w < words(); ++w) {
            data()[w] |= other.data()[w];
        }
        return *this;
    }
    VersionBits& operator-=(const VersionBits& other) {
        check(size_ == other.size_);
        for (uint32_t w = 0; w < words(); ++w) {
            data()[w] &= ~other.data()[w];
        }
        return *this;
    }
    VersionBits complement() const {
        VersionBits result = full(size_);
        result -= *this;
        return result;
    }

  private:
    static constexpr uint32_t inline_words = 3; // 192 releases: nine projects of ten
    uint32_t words() const { return (size_ + 63) / 64; }
    const uint64_t* data() const { return words() > inline_words ? heap_.get() : inline_; }
    uint64_t* data() { return words() > inline_words ? heap_.get() : inline_; }
    void copy_words(const VersionBits& other) {
        for (uint32_t w = 0; w < words(); ++w) {
            data()[w] = other.data()[w];
        }
    }

    uint32_t size_ = 0;
    uint64_t inline_[inline_words] = {};
    std::unique_ptr<uint64_t[]> heap_;
};

} // namespace pawl::resolve
