"""Makes the small seeds of tests/fuzz/corpus: pictures without people, tiny archives, tables and dlib streams.

Needs Pillow (only to make the seeds anew).   python3 tests/fuzz/make_corpus.py
"""
import base64
import bz2
import io
import json
import os
import pathlib
import pickle
import random
import struct
import tarfile
import zipfile

from PIL import Image

ROOT = pathlib.Path(__file__).parent / "corpus"


def put(target: str, name: str, content: bytes) -> None:
    (ROOT / target).mkdir(parents=True, exist_ok=True)
    (ROOT / target / name).write_bytes(content)


def picture(mode: str, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image = Image.linear_gradient("L").resize((24, 17)).convert(mode if mode != "I;16" else "L")
    if mode == "I;16":
        image = image.convert("I;16")
    image.save(out, kind, **options)
    return out.getvalue()


def number(value: int) -> bytes:
    digits = abs(value).to_bytes(max(1, (abs(value).bit_length() + 7) // 8), "little")
    return bytes([len(digits) | (0x80 if value < 0 else 0)]) + digits


def real(mantissa: int, exponent: int = 0) -> bytes:
    return number(mantissa) + number(exponent)


def text(value: str) -> bytes:
    return number(len(value)) + value.encode()


def tensor(*shape: int, values: list[float]) -> bytes:
    return number(2) + b"".join(number(s) for s in shape) + struct.pack(f"<{len(values)}f", *values)


def column(*values: int) -> bytes:
    return number(-len(values)) + number(-1) + b"".join(real(v, -3) for v in values)


EMPTY = tensor(0, 0, 0, 0, values=[])
TRAINING = b"111" + EMPTY * 3


def dlib_net() -> bytes:
    alias = number(1) + number(1) * 4
    convolution = text("con_4") + tensor(28, 1, 1, 1, values=[0.1] * 28) + number(1) + number(3) * 2 + number(1) * 2 + number(0) * 2 + alias * 2 + real(1) * 4
    dense = text("fc_2") + number(2) + number(1) + tensor(2, 1, 1, 1, values=[1, 2]) + alias * 2 + number(1) + real(1) * 4
    source = text("input_rgb_image_sized") + real(122) * 3 + number(8) * 2
    pool = text("avg_pool_2") + number(0) * 2 + number(1) * 2 + number(0) * 2
    relu = text("relu_")
    return (number(1) + text("loss_metric_2") + real(1, -4) * 2 + number(2) * 3 + number(3) + source + convolution + TRAINING + number(1)
            + relu + TRAINING + pool + TRAINING + dense + TRAINING)


def dlib_densenet() -> bytes:
    """A stem of one filter on pictures of any size, three dense blocks of one, then all averages: each block passes its input on, then adds
    its doubled first channel (normalised by mean 0 and variance 1)."""
    alias = number(1) + number(1) * 4
    def convolution(channels: int, first: float) -> bytes:
        weights = [first] + [0.0] * (channels - 1)
        return (text("con_5") + tensor(channels, 1, 1, 1, values=weights) + number(1) * 5 + number(0) * 2 + alias * 2 + real(1) * 4 + b"0" + TRAINING)
    def normalisation(channels: int) -> bytes:
        ones, zeros = tensor(1, channels, 1, 1, values=[1.0] * channels), tensor(1, channels, 1, 1, values=[0.0] * channels)
        both = tensor(2 * channels, 1, 1, 1, values=[1.0] * channels + [0.0] * channels)
        return text("bn_con2") + both + alias * 2 + zeros + ones + zeros + ones + number(1) * 2 + real(1) * 4 + real(0) + TRAINING
    def block(channels: int) -> bytes:
        mark = number(2) + EMPTY * 2 + b"0" + number(1)
        return (number(2) + number(1) + number(2) * 3 + mark + normalisation(channels) + text("relu_") + TRAINING + convolution(channels, 2)
                + text("concat_") + number(2) + TRAINING)
    source = text("input_rgb_image") + real(0) * 3
    stem = source + convolution(3, 1) + number(1)
    pool = text("avg_pool_2") + number(0) * 2 + number(1) * 2 + number(0) * 2
    dropout = text("dropout_") + real(1, -1) + EMPTY
    return (number(1) + text("loss_metric_2") + real(1, -4) * 2 + number(2) * 2 + number(1) + number(3) + block(3) + block(2) + block(1)
            + number(3) + stem + pool + TRAINING + dropout + TRAINING)


def dlib_shape() -> bytes:
    tree = number(1) + number(0) + number(1) + real(5) + number(2) + column(1, 1, 1, 1) + column(-1, -1, -1, -1)
    return number(1) + column(1, 2, 6, 3) + number(1) + number(1) + tree + number(1) + number(2) + number(0) + number(1) + number(1) + number(2) + real(1, -4) * 4


def tfjs() -> bytes:
    """x (2 x 2) through a fused 1 x 1 convolution (weight 2, bias -4, PReLU slope 0.5), then the mean of all. model.json, 0, w.bin."""
    def coded(*words: str) -> list[str]:
        return [base64.b64encode(word.encode()).decode() for word in words]

    def constant(name: str, kind: str = "DT_FLOAT") -> dict[str, object]:
        return {"name": name, "op": "Const", "attr": {"dtype": {"type": kind}, "value": {"tensor": {"dtype": kind, "tensorShape": {}}}}}

    sides = {"shape": {"dim": [{"size": "1"}, {"size": "2"}, {"size": "2"}, {"size": "1"}]}}
    fused = {"T": {"type": "DT_FLOAT"}, "padding": {"s": coded("VALID")[0]}, "data_format": {"s": coded("NHWC")[0]}, "num_args": {"i": "2"},
             "strides": {"list": {"i": ["1", "1", "1", "1"]}}, "explicit_paddings": {"list": {}}, "fused_ops": {"list": {"s": coded("BiasAdd", "Prelu")}}}
    nodes = [{"name": "x", "op": "Placeholder", "attr": {"dtype": {"type": "DT_FLOAT"}, "shape": sides}},
             constant("w"), constant("b"), constant("a"), constant("axes", "DT_INT32"),
             {"name": "conv", "op": "_FusedConv2D", "input": ["x", "w", "b", "a"], "attr": fused},
             {"name": "mean", "op": "Mean", "input": ["conv", "axes"], "attr": {"T": {"type": "DT_FLOAT"}, "Tidx": {"type": "DT_INT32"}, "keep_dims": {"b": False}}}]
    weights = [{"name": "w", "shape": [1, 1, 1, 1], "dtype": "float32", "quantization": {"dtype": "float16", "original_dtype": "float32"}},
               {"name": "b", "shape": [1], "dtype": "float32", "quantization": {"dtype": "uint8", "min": -5.0, "scale": 0.5, "original_dtype": "float32"}},
               {"name": "a", "shape": [1, 1, 1], "dtype": "float32"}, {"name": "axes", "shape": [3], "dtype": "int32"}]
    signature = {"inputs": {"x:0": {"name": "x:0"}}, "outputs": {"mean": {"name": "mean:0"}, "map": {"name": "conv"}}}
    model = {"format": "graph-model", "modelTopology": {"node": nodes, "library": {}, "versions": {}}, "signature": signature,
             "weightsManifest": [{"paths": ["w.bin"], "weights": weights}]}
    return json.dumps(model).encode() + b"\0" + struct.pack("<eBf3i", 2.0, 2, 0.5, 1, 2, 3)


def archives() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        info = tarfile.TarInfo("package/model.bin")
        info.size = 5
        tar.addfile(info, io.BytesIO(b"hello"))
    put("archive", "good.tgz", out.getvalue())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("package/model.bin", b"\0" * 300000)
    put("archive", "bomb.zip", out.getvalue())
    put("archive", "hello.bz2", bz2.compress(b"hello"))
    put("archive", "zeros.bz2", bz2.compress(b"\0" * 1000))


class Call:
    """Pickles into a call of os.system, as a hostile model file would."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch called",)


def torch_files() -> None:
    """The good ones are tests/golden/make_torch_fixtures.py's."""
    put("torch", "calls_system.pth", archive_of({"m/data.pkl": pickle.dumps({"weight": Call()}, protocol=2), "m/version": b"3\n"}))
    head = [pickle.dumps(value, protocol=2) for value in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True})]
    circle: dict[str, object] = {}
    circle["itself"] = circle
    put("torch", "circle_legacy.pth", b"".join(head) + pickle.dumps(circle, protocol=2) + pickle.dumps([], protocol=2))


def archive_of(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        for name, content in entries.items():
            zipped.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


def makehuman() -> bytes:
    """A body of one triangle, its skeleton, weights, shape and a garment of one triangle, apart by zero bytes."""
    obj = "v 0 0 0\nv 1 0 0\nv 0 1 0\ng body\nf 1/1 2/2 3/3\n"
    skeleton = {"bones": {"root": {"head": "a", "parent": None}, "spine03": {"head": "b", "parent": "root"}}, "joints": {"a": [0, 1], "b": [2]}}
    weights = {"weights": {"root": [[0, 1.0], [1, 0.5]], "spine03": [[1, 0.5], [2, 1.0]]}}
    clothes = "x_scale 0 1 1.0\nverts 0\n0 1 2 0.2 0.3 0.5 0.0 0.1 0.0\nmaterial a.mhmat\n1\n2\ndelete_verts\n0 - 2\n"
    return b"\0".join(part.encode() for part in (obj, json.dumps(skeleton), json.dumps(weights), "# a\n1 0.1 .2 -.3\n", clothes, "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"))


def main() -> None:
    put("makehuman", "one.bin", makehuman())
    put("makehuman", "vertex_1e69.bin", makehuman().replace(b"[2]", b"[1e69]"))  # no whole number
    put("picture", "rgb.jpg", picture("RGB", "JPEG"))
    put("picture", "grey.jpg", picture("L", "JPEG", progressive=True))
    put("picture", "cmyk.jpg", picture("CMYK", "JPEG"))
    put("picture", "cut.jpg", picture("RGB", "JPEG")[:400])
    put("picture", "rgba.png", picture("RGBA", "PNG"))
    put("picture", "grey16.png", picture("I;16", "PNG"))
    put("picture", "palette.png", picture("P", "PNG"))
    put("picture", "rgb.webp", picture("RGB", "WEBP"))
    frames = [Image.new("RGBA", (24, 17), (200, i * 40, 0, 255)) for i in range(3)]
    out = io.BytesIO()
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    put("picture", "animated.webp", out.getvalue())
    exif = Image.Exif()
    exif[0x0112] = 6
    put("picture", "turned.jpg", picture("RGB", "JPEG", exif=exif))
    put("picture", "gif.gif", picture("P", "GIF"))
    put("dlib_net", "tiny.dat", dlib_net())
    put("dlib_net", "dense.dat", dlib_densenet())
    put("dlib_shape", "tiny.dat", dlib_shape())
    put("tfjs", "tiny.bin", tfjs())
    archives()
    torch_files()
    numbers = random.Random(4)
    for dimension, rows, flags in ((8, 60, 0x01), (129, 40, 0xF0), (17, 99, 0x30), (3, 99, 0x05)):
        length = 4 + (dimension + 1) * ((flags >> 4) + 1) + (dimension + 2) * rows
        put("search", f"{dimension}x{rows}.bin", bytes([dimension - 1, 9, 0x80, flags]) + numbers.randbytes(length - 4))
    put("search", "twins.bin", bytes([15, 4, 0x80, 0]) + bytes(range(17)) + (b"\x00" + bytes(range(17)) + b"\xc0" * 30))
    put("exchange", "subject.json", b'{"subject":"a","kind":"known","tags":3,"metadata":{"x":1},"created":"2026-11-25T03:01:42.123Z","last_interaction":"2026-11-25T03:01:42.123Z",'
        b'"consent":{"text_id":"t","version":"1","text":"yes","given":"2026-11-25T03:01:42.123Z"},"samples":[{"created":"2026-11-25T03:01:42.123Z","quality":50,"source":"f",'
        b'"crop":"AAEC","templates":[{"model":"m","version":"1","preprocessing":"p","values":"AACAPwAAAAA="}]}]}')
    put("exchange", "export.json",
        b'{"mien_gallery":2,"name":"g","purpose":"p","basis":"test","keep_days":30,"keep_crops":false,"exported":"2026-11-25T03:01:42.123Z"}\n'
        + b"".join(
            b'{"subject":"s%d","id":%d,"kind":"known","tags":0,"created":"2026-11-25T03:01:42.123Z","last_interaction":"2026-11-25T03:01:42.123Z","samples":[],"rejections":'
            b'[{"at":"2026-11-25T03:01:42.123Z","model":"m","version":"1","preprocessing":"p","values":"AACAPw=="}]}\n' % (i, i) for i in (1, 2))
        + b'{"merge":{"into":1,"from":2,"at":"2026-11-25T03:01:42.123Z","undone":"2026-11-25T03:01:42.123Z"}}\n'
        + b'{"operating_point":{"model":"m","version":"1","preprocessing":"p","dimension":1,"made":"2026-11-25T03:01:42.123Z","body":"{}"}}\n'
        + b'{"end":true,"subjects":2,"merges":1,"operating_points":1}\n')
    put("exchange", "audit.json", b'{"number":1,"at":"2026-11-25T03:01:42.123Z","who":"w","why":"y","action":"a","gallery":"g","subject":"","maker":"m","threshold":0.95,"outcome":"o","before":"' + b"00" * 32 +
        b'","hash":"' + b"11" * 32 + b'","signature":"' + b"22" * 64 + b'"}')
    put("exchange", "compreface.sql", b"COPY public.embedding (id, subject_id, embedding, calculator, img_id) FROM stdin;\ne1\ts1\t{0.1}\tc\ti1\ne2\ts1\t{0.1}\tc\t\\N\n\\.\n"
        b"COPY public.img (id, content) FROM stdin;\ni1\t\\\\x00ff\n\\.\nCOPY public.subject (id, api_key, subject_name) FROM stdin;\ns1\tk\tA\\tB\n\\.\n")
    put("pairs_csv", "pairs.csv", b"fold,a,b,mated\n1,x/A_1.jpg,x/A_2.jpg,1\n1,x/A_1.jpg,x/B_1.jpg,0\n")
    put("pairs_csv", "scores.csv", b"a,b,mated,score\nA_1.jpg,A_2.jpg,1,0.9\nA_1.jpg,B_2.jpg,0,\n")
    put("calibration", "small.json", b'{"maker":"m 1, p","data":"d","subjects":100,"points":[[0.5,0.9,0.8,0.95,0.0],[0.8,0.1,0.05,0.2,0.1]]}')
    put("calibration", "several.json", b'{"maker":"m 1, p","data":"d","subjects":100,"several":{"centre":0.9,"slope":14},"points":[[0.5,0.9,0.8,0.95,0.0]]}')
    put("calibration", "tail.json", b'{"maker":"m 1, p","data":"d","subjects":500,"points":[[0.5,0.9,0.8,0.95,0.0]],"misses":[[0.6,0,0,0.1],[0.9,0.5,0.4,0.6]],"tail":{"start":0.7,"clustering":0.6,"fit":[0.005,-0.1,0.004],"replicates":[[0.006,0.0,0.005]]}}')
    put("marks", "noses.json", b'{"nose_points":{"a.jpg":[[1,2],[3.5,4]],"b.jpg":[]}}')
    parts = "".join(f"<part name='{i:02}' x='{i}' y='3'/>" for i in range(68))
    put("marks", "boxes.xml", f"<dataset><images><image file='a.jpg'><box top='1' left='2' width='3' height='4'>{parts}</box><box top='1' left='2' width='3' height='4'/></image></images></dataset>".encode())
    put("tracks", "mot.txt", b"1,1,399,182,121,229,1,-1,-1,-1\n2 2 0.5 1 2 3\n2,3,1,1,1,1,0\n")
    put("tracks", "counts.json", b'{"crossings":[{"frame":188,"direction":"in","tolerance_frames":3},{"frame":440,"direction":"out"}]}')
    put("tracks", "events.jsonl", b'{"event":"entered","frame":3}\n{"frame":4,"direction":"in"}\n')
    put("catalogue", "one.toml", b"""[[model]]
name = "m"
version = "1"
task = "t"
title = "x"
format = "onnx"
code_licence = "MIT"
weights_licence = "MIT"
training_data = "none"
business_use = "yes"
business_reason = "r"
[[model.file]]
name = "m.onnx"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
bytes = 5
sources = ["npm:@a/b@1#package/m.onnx", "pypi:a==1#m.onnx", "https://example.org/m.onnx"]
""")


main()
