"""ONNX Runtime and OpenVINO on one network: the IR that `mien models export` leaves, rewritten as ONNX. One thread, medians of CPU time.

    onnxruntime_template.py NET.xml
"""
import json
import statistics
import sys
import time

import numpy as np
import onnx
import onnxruntime
import openvino as ov
from onnx import helper, numpy_helper

PLAIN = {"Add": "Add", "Subtract": "Sub", "Multiply": "Mul", "Relu": "Relu", "MatMul": "MatMul", "Concat": "Concat"}


def ints(values) -> list[int]:
    return [int(v) for v in values]


class Writer:
    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def constant(self, name: str, values: np.ndarray) -> str:
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def op(self, kind: str, inputs: list[str], out: str, **attributes: object) -> None:
        self.nodes.append(helper.make_node(kind, inputs, [out], **attributes))

    def write(self, node, inputs: list[str], out: str) -> None:
        kind, a = node.get_type_name(), node.get_attributes()
        if kind == "Convolution":
            self.op("Conv", inputs, out, strides=ints(a["strides"]), pads=ints(a["pads_begin"]) + ints(a["pads_end"]), dilations=ints(a["dilations"]))
        elif kind in ("MaxPool", "AvgPool"):
            more = {"count_include_pad": int(not a["exclude-pad"])} if kind == "AvgPool" else {}
            self.op("MaxPool" if kind == "MaxPool" else "AveragePool", inputs[:1], out, kernel_shape=ints(a["kernel"]), strides=ints(a["strides"]),
                    pads=ints(a["pads_begin"]) + ints(a["pads_end"]), ceil_mode=int(a["rounding_type"] == "ceil"), **more)
        elif kind == "MatMul":
            self.op("MatMul", inputs, out)
            assert not a["transpose_a"] and not a["transpose_b"], a
        elif kind == "ReduceMean":
            self.op("ReduceMean", inputs, out, keepdims=int(a["keep_dims"]))
        elif kind in ("Reshape", "Squeeze", "Unsqueeze"):
            self.op(kind, inputs, out)
        elif kind == "Pad":
            ends = [numpy_helper.to_array(next(w for w in self.weights if w.name == name)) for name in inputs[1:3]]
            self.op("Pad", [inputs[0], self.constant(out + "/pads", np.concatenate(ends).astype(np.int64))], out)
        elif kind in PLAIN:
            self.op(PLAIN[kind], inputs, out, **({"axis": int(a["axis"])} if kind == "Concat" else {}))
        else:
            raise SystemExit(f"no ONNX form is written here for {kind} {a}")


def rewrite(model: ov.Model) -> bytes:
    writer, names = Writer(), {}
    for node in model.get_ordered_ops():
        kind, name = node.get_type_name(), node.get_friendly_name()
        if kind == "Parameter":
            names[name] = "input"
        elif kind == "Constant":
            values = node.get_data()
            names[name] = writer.constant(name, values.astype(np.int64) if values.dtype.kind in "iu" else values)
        elif kind == "Result":
            last = node.input_value(0).get_node().get_friendly_name()
        else:
            names[name] = name
            writer.write(node, [names[node.input_value(i).get_node().get_friendly_name()] for i in range(node.get_input_size())], name)
    shape = [d.get_length() if d.is_static else None for d in model.input(0).get_partial_shape()]
    graph = helper.make_graph(writer.nodes, "net", [helper.make_tensor_value_info("input", onnx.TensorProto.FLOAT, shape)],
                              [helper.make_tensor_value_info(names[last], onnx.TensorProto.FLOAT, None)], writer.weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10).SerializeToString()


def median_ms(run, rounds: int = 40) -> float:
    times = []
    for i in range(rounds + 3):
        start = time.process_time()
        run()
        if i >= 3:
            times.append(1000 * (time.process_time() - start))
    return statistics.median(times)


core = ov.Core()
net = core.read_model(sys.argv[1])
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(rewrite(net), options)
compiled = core.compile_model(net, "CPU", {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32", "NUM_STREAMS": 1})
request = compiled.create_infer_request()
sides = [d.get_length() if d.is_static else 1 for d in net.input(0).get_partial_shape()]
x = np.random.default_rng(1).integers(0, 256, sides).astype(np.float32)
theirs, ours = session.run(None, {"input": x})[0], next(iter(request.infer([x]).values()))
unit = [v / np.linalg.norm(v) for v in (theirs.ravel(), ours.ravel())]
turns = [(median_ms(lambda: session.run(None, {"input": x})), median_ms(lambda: request.infer([x]))) for _ in range(3)]
print(json.dumps({"onnxruntime": onnxruntime.__version__, "openvino": ov.__version__.split("-")[0],
                  "onnxruntime_cpu_ms": round(statistics.median(t[0] for t in turns), 2), "openvino_cpu_ms": round(statistics.median(t[1] for t in turns), 2),
                  "largest_difference_of_unit_length": float(np.abs(unit[0] - unit[1]).max())}))
