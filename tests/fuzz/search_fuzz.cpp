// The exact search and the lists against the plain one, and every kernel against the portable one, on vectors made of
// the input's bytes: they must agree to the last bit.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "gallery/search/chunk.h"
#include "gallery/search/code.h"
#include "gallery/search/kernels.h"
#include "gallery/search/listed_index.h"
#include "gallery/search/plain_index.h"
#include "gallery/search/template_index.h"

namespace {

using namespace mien::gallery;

class Bytes {
public:
    Bytes(const std::uint8_t* data, std::size_t size) : left_(data, size) {}
    bool empty() const { return left_.empty(); }
    std::uint8_t next() {
        if (left_.empty()) return 0;
        const std::uint8_t first = left_.front();
        left_ = left_.subspan(1);
        return first;
    }

private:
    std::span<const std::uint8_t> left_;
};

// Unit length, of small and huge steps between the numbers; the first axis where the bytes say nothing.
std::vector<float> vector_of(Bytes& bytes, std::size_t dimension) {
    std::vector<double> wished(dimension);
    const int power = bytes.next() % 45;
    double squares = 0;
    for (double& value : wished) {
        const auto byte = static_cast<std::int8_t>(bytes.next());
        value = byte % 3 == 0 ? std::ldexp(byte, -3 * power) : byte;
        squares += value * value;
    }
    std::vector<float> made(dimension, 0.0F);
    if (squares == 0) made[0] = 1;
    for (std::size_t i = 0; i < dimension && squares > 0; ++i)
        made[i] = static_cast<float>(wished[i] / std::sqrt(squares));
    return made;
}

void compare_kernels(const std::vector<Row>& rows, const std::vector<float>& values, const std::vector<float>& probes,
                     std::size_t dimension, float floor) {
    const auto count = static_cast<std::uint32_t>(rows.size() / block_rows * block_rows);
    if (count == 0) return;
    const Shape shape = Shape::of(dimension, Values::Kept);
    std::vector<double> sum(dimension, 0.0);
    for (std::size_t i = 0; i < dimension; ++i)
        sum[i] = static_cast<double>(values[i]) + static_cast<double>(values[values.size() - dimension + i]);
    const auto axis = std::make_shared<const std::vector<float>>(axis_of(sum));
    const auto chunk = *Chunk::make(shape, count, axis, Lock::Off);
    for (std::uint32_t at = 0; at < count; at += block_rows)
        chunk->write(at, at + block_rows, rows.data() + at, values.data() + at * dimension);
    std::vector<ProbeCode> codes;
    for (std::size_t p = 0; p * dimension < probes.size(); ++p)
        codes.push_back(encode_probe(std::span(probes).subspan(p * dimension, dimension), *axis));
    Panel panel(codes);
    for (std::size_t p = 0; p < panel.probes; ++p) panel.view.floor[p] = floor;
    const std::vector<std::uint16_t> open(count / block_rows, 0xfffe);
    const CodeRun run = chunk->codes(0, count / block_rows, open.data());
    std::vector<Found> expected(open.size() * panel.view.width);
    expected.resize(portable_kernel.scan(run, panel.view, expected.data()));
    for (const Kernel* kernel : usable_kernels()) {
        std::vector<Found> found(open.size() * panel.view.width);
        found.resize(kernel->scan(run, panel.view, found.data()));
        if (found.size() != expected.size()) std::abort();
        if (!found.empty() && std::memcmp(found.data(), expected.data(), found.size() * sizeof(Found)) != 0)
            std::abort();
        const double one = portable_kernel.dot(chunk->values(0), chunk->values(count - 1), shape.padded);
        const double other = kernel->dot(chunk->values(0), chunk->values(count - 1), shape.padded);
        if (std::bit_cast<std::uint64_t>(one) != std::bit_cast<std::uint64_t>(other)) std::abort();
    }
}

void compare_engines(const std::vector<Row>& rows, const std::vector<float>& values,
                     const std::vector<std::uint64_t>& gone, const std::vector<float>& probes, std::size_t dimension,
                     const Question& question) {
    const auto plain = *PlainIndex::make(dimension);
    if (!plain->insert(rows, values) || !plain->remove(gone)) std::abort();
    const auto expected = plain->search(probes, question);
    if (!expected) std::abort();
    for (const Kernel* kernel : usable_kernels()) {
        IndexOptions options;
        options.dimension = dimension;
        options.threads = 1;
        options.chunk_rows = 32;
        options.kernel = kernel->name;
        const auto index = *TemplateIndex::make(options);
        const std::size_t half = rows.size() / 2;
        const std::span<const Row> all(rows);
        const std::span<const float> numbers(values);
        if (half > 0 && !index->insert(all.first(half), numbers.first(half * dimension))) std::abort();
        if (!index->insert(all.subspan(half), numbers.subspan(half * dimension)) || !index->remove(gone)) std::abort();
        for (int again = 0; again < 2; ++again) {
            const auto found = index->search(probes, question);
            if (!found || found->size() != expected->size()) std::abort();
            for (std::size_t i = 0; i < found->size(); ++i) {
                if ((*found)[i].hits != (*expected)[i].hits) std::abort();
            }
            if (!index->compact(0.1)) std::abort();
        }
    }
}

// With every list looked at the answer is the plain one, before and after lists are made, whatever their number; with
// fewer, what is found has its plain similarity and passes the filter.
void compare_lists(const std::vector<Row>& rows, const std::vector<float>& values,
                   const std::vector<std::uint64_t>& gone, const std::vector<float>& probes, std::size_t dimension,
                   const Question& question) {
    const auto plain = *PlainIndex::make(dimension);
    if (!plain->insert(rows, values) || !plain->remove(gone)) std::abort();
    const auto expected = plain->search(probes, question);
    Question every = question;
    every.k = rows.size();
    every.rank = Rank::Templates;
    const auto allowed = plain->search(probes, every);
    if (!expected || !allowed) std::abort();
    ListedOptions options;
    options.dimension = dimension;
    options.threads = 1;
    options.chunk_rows = 32;
    options.lists = question.k;
    options.least_rows = 20;
    const auto lists = *ListedIndex::make(options);
    const std::span<const Row> all(rows);
    const std::span<const float> numbers(values);
    for (std::size_t first = 0; first < rows.size(); first += 7) {
        const std::size_t some = std::min<std::size_t>(7, rows.size() - first);
        if (!lists->insert(all.subspan(first, some), numbers.subspan(first * dimension, some * dimension)))
            std::abort();
    }
    if (!lists->remove(gone)) std::abort();
    for (int again = 0; again < 2; ++again) {
        const auto found = lists->search_share(probes, question, 1);
        if (!found || found->size() != expected->size()) std::abort();
        for (std::size_t i = 0; i < found->size(); ++i) {
            if ((*found)[i].hits != (*expected)[i].hits) std::abort();
        }
        const auto some = lists->search_share(probes, question, 0.01);
        if (!some || some->size() != expected->size()) std::abort();
        for (std::size_t i = 0; i < some->size(); ++i) {
            for (const Hit& hit : (*some)[i].hits) {
                if (std::ranges::find((*allowed)[i].hits, hit) == (*allowed)[i].hits.end()) std::abort();
            }
        }
        if (!lists->arrange()) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes bytes(data, size);
    const std::size_t dimension = 1 + bytes.next() % 150;
    Question question;
    question.k = 1 + bytes.next() % 40;
    question.threshold = static_cast<float>(static_cast<std::int8_t>(bytes.next())) / 100;
    const std::uint8_t flags = bytes.next();
    if ((flags & 1) != 0) question.rank = Rank::BestOfSubject;
    question.filter.none_of = flags >> 1 & 7;
    std::vector<float> probes;
    for (int p = 0; p <= flags >> 4; ++p) {
        const auto own = vector_of(bytes, dimension);
        probes.insert(probes.end(), own.begin(), own.end());
    }
    std::vector<Row> rows;
    std::vector<float> values;
    std::vector<std::uint64_t> gone;
    while (!bytes.empty() && rows.size() < 100) {
        const std::uint8_t own = bytes.next();
        rows.push_back({rows.size() * 37 % 101, own % 8u, 0, static_cast<std::uint64_t>(own >> 3 & 3)});
        if (own >> 5 == 7) gone.push_back(rows.back().id);
        const bool twin = own >> 5 == 6 && !values.empty();
        const auto made = twin ? std::vector<float>(values.end() - static_cast<std::ptrdiff_t>(dimension), values.end())
                               : vector_of(bytes, dimension);
        values.insert(values.end(), made.begin(), made.end());
    }
    if (rows.empty()) return 0;
    compare_kernels(rows, values, probes, dimension, question.threshold);
    compare_engines(rows, values, gone, probes, dimension, question);
    compare_lists(rows, values, gone, probes, dimension, question);
    return 0;
}
