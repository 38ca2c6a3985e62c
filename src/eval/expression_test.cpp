#include "eval/expression.h"

#include <gtest/gtest.h>

#include "base/file.h"

namespace mien::eval {
namespace {

TEST(ExpressionFolder, FolderNamesAreTheTruth) {
    const auto root = std::filesystem::temp_directory_path() / "mien-expression-folder-test";
    std::filesystem::remove_all(root);
    ASSERT_FALSE(read_expression_folder(root));
    ASSERT_TRUE(write_file(root / "sad" / "1.png", std::string_view("x")));
    ASSERT_TRUE(write_file(root / "happy" / "2.png", std::string_view("x")));
    ASSERT_TRUE(write_file(root / "notes" / "3.png", std::string_view("x")));
    const auto pictures = read_expression_folder(root);
    ASSERT_TRUE(pictures) << pictures.error().message;
    ASSERT_EQ(pictures->size(), 2u);
    EXPECT_EQ((*pictures)[0].truth, Expression::Happy);
    EXPECT_EQ((*pictures)[0].file.filename(), "2.png");
    EXPECT_EQ((*pictures)[1].truth, Expression::Sad);
    std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace mien::eval
