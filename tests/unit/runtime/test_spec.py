import json

import pytest

from sparkferry.runtime.spec import Spec

GOOD = {"run_id": "a-1", "job": "a", "tier": "dev", "output": "file:///o", "report": "/r"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({**GOOD}, "one of `entry` and `script`"),
        ({**GOOD, "entry": "a:b", "script": "c.py"}, "one of `entry` and `script`"),
        ({**GOOD, "entry": "a:b", "entrie": "a:b"}, "unknown ['entrie']"),
        ({"entry": "a:b"}, "run_id"),
    ],
)
def test_a_malformed_specification_is_refused(data, said):
    with pytest.raises(ValueError, match="could not read the run's specification") as caught:
        Spec.from_json(json.dumps(data))
    assert said in str(caught.value)
