namespace mien {}
