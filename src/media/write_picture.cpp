#include "media/write_picture.h"

#include <png.h>
#include <turbojpeg.h>

#include <memory>

#include "base/file.h"
#include "base/text.h"

namespace mien::media {

Result<Bytes> encode_jpeg(const Picture& picture, int quality) {
    const std::unique_ptr<void, decltype(&tjDestroy)> codec(tjInitCompress(), tjDestroy);
    unsigned char* made = nullptr;
    unsigned long size = 0;
    if (!codec || tjCompress2(codec.get(), picture.row(0), picture.width(), 0, picture.height(), TJPF_RGB, &made, &size,
                              TJSAMP_444, quality, 0) != 0) {
        return Error{Fault::Unavailable,
                     std::string("the picture can't be encoded as JPEG: ") + tjGetErrorStr2(codec.get())};
    }
    const std::unique_ptr<unsigned char, decltype(&tjFree)> owner(made, tjFree);
    return Bytes(made, made + size);
}

Result<Bytes> encode_png(const Picture& picture) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(picture.width());
    image.height = static_cast<png_uint_32>(picture.height());
    image.format = PNG_FORMAT_RGB;
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    Bytes bytes(size);
    if (png_image_write_to_memory(&image, bytes.data(), &size, 0, picture.row(0), 0, nullptr) == 0) {
        return Error{Fault::Unavailable, std::string("the picture can't be encoded as PNG: ") + image.message};
    }
    bytes.resize(size);
    return bytes;
}

Status write_picture(const Picture& picture, const std::filesystem::path& file) {
    const std::string ending = lower(file.extension().string());
    if (ending == ".png") {
        MIEN_LET(bytes, encode_png(picture));
        return write_file(file, bytes);
    }
    if (ending == ".jpg" || ending == ".jpeg") {
        MIEN_LET(bytes, encode_jpeg(picture));
        return write_file(file, bytes);
    }
    return Error{Fault::BadInput, file.string() + ": pictures are written as .jpg, .jpeg or .png"};
}

}  // namespace mien::media
