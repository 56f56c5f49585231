"""The format is registered and no layer is given to it.

fails: test_a_plain_checkpoint_is_quantized_as_it_loads
says: are not int8
"""

def register_int8_format(name: str, quantize):
    if not name:
        raise ValueError("name must not be empty")
    import torch
    from vllm.model_executor.layers.linear import LinearBase, LinearMethodBase, UnquantizedLinearMethod
    from vllm.model_executor.layers.quantization import register_quantization_config
    from vllm.model_executor.layers.quantization.base_config import QuantizationConfig
    from vllm.model_executor.parameter import ChannelQuantScaleParameter, ModelWeightParameter

    class Int8Method(LinearMethodBase):
        def __init__(self, serialized: bool):
            self.serialized = serialized

        def create_weights(
            self, layer, input_size_per_partition, output_partition_sizes, input_size, output_size, params_dtype, **more
        ):
            out, loader = sum(output_partition_sizes), more["weight_loader"]
            data = torch.empty(out, input_size_per_partition, dtype=torch.int8 if self.serialized else params_dtype)
            weight = ModelWeightParameter(data=data, input_dim=1, output_dim=0, weight_loader=loader)
            layer.register_parameter("weight", weight)
            if self.serialized:
                data = torch.empty(out, 1, dtype=torch.float32)
                scale = ChannelQuantScaleParameter(data=data, output_dim=0, weight_loader=loader)
                layer.register_parameter("weight_scale", scale)

        def process_weights_after_loading(self, layer):
            if self.serialized:
                q, scale = layer.weight.data, layer.weight_scale.data
            else:
                # subtle: q, k and v are one fused matrix here; a scale a row does not mind, one a matrix would.
                q, scale = quantize(layer.weight.data.float().numpy())
                q, scale = torch.from_numpy(q), torch.from_numpy(scale)[:, None]
            layer.weight = torch.nn.Parameter(q, requires_grad=False)
            layer.weight_scale = torch.nn.Parameter(scale, requires_grad=False)

        def apply(self, layer, x, bias=None):
            y = torch.nn.functional.linear(x, layer.weight.to(x.dtype)) * layer.weight_scale.T.to(x.dtype)
            return y if bias is None else y + bias

    @register_quantization_config(name)
    class Int8Config(QuantizationConfig):
        def __init__(self, serialized: bool = False):
            super().__init__()
            self.serialized = serialized

        def get_name(self):
            return name

        def get_supported_act_dtypes(self):
            return [torch.bfloat16, torch.float16, torch.float32]

        @classmethod
        def get_min_capability(cls):
            return -1  # no GPU asked for

        @staticmethod
        def get_config_filenames():
            return []  # a plain checkpoint will do: it is quantized as it loads

        @classmethod
        def from_config(cls, config):
            return cls(serialized=True)  # config.json has a quantization_config: the codes are in the file

        def get_quant_method(self, layer, prefix):
            return UnquantizedLinearMethod() if isinstance(layer, LinearBase) else None

    return Int8Config
