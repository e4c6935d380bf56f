"""Where to compute, and in what precision."""

import platform

import pytest
import torch

from senet_core import InputError, device
from senet_core.device import choose_device, fast_precision


@pytest.mark.parametrize(("has_bf16", "chosen"), [(True, "bf16"), (False, "none")])
def test_a_cpu_trains_in_bf16_where_it_computes_in_it(monkeypatch, has_bf16, chosen):
    monkeypatch.setattr(device, "_cpu_has_bf16", lambda: has_bf16)
    assert fast_precision(torch.device("cpu")) == chosen


@pytest.mark.parametrize(("has_bf16", "chosen"), [(True, "bf16"), (False, "fp16")])
def test_a_gpu_without_bf16_trains_in_fp16(monkeypatch, has_bf16, chosen):
    def supported(including_emulation=True):
        return including_emulation or has_bf16

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", supported)
    assert fast_precision(torch.device("cuda")) == chosen


def test_other_devices_train_in_float32():
    assert fast_precision(torch.device("mps")) == "none"


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="other capabilities")
def test_a_cpu_with_avx512_has_bf16():
    assert device._cpu_has_bf16() == (torch.backends.cpu.get_cpu_capability() == "AVX512")


@pytest.mark.parametrize("name", ["warp", "meta"])
def test_a_device_that_is_not_there_is_named(name):
    with pytest.raises(InputError, match=f"no device '{name}' here; use --device cpu"):
        choose_device(name)
