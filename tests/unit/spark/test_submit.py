import pytest

from sparkferry.errors import UserError
from sparkferry.spark.submit import SubmitRequest

REQUEST = SubmitRequest(
    master="local[*]",
    name="pi",
    conf={"spark.b": "2", "spark.a": "x = 'y' \"z\"\n$HOME é \\"},
    main="/code/main.py",
    args=("--spec", '{"a": "\\r"}', "", "-- --conf"),
)


def test_the_command_is_sorted_and_values_are_untouched():
    assert REQUEST.argv() == (
        *("bin/spark-submit", "--master", "local[*]", "--deploy-mode", "client", "--name", "pi"),
        *("--conf", "spark.a=x = 'y' \"z\"\n$HOME é \\", "--conf", "spark.b=2"),
        *("/code/main.py", "--spec", '{"a": "\\r"}', "", "-- --conf"),
    )


def test_secrets_are_named_by_their_file():
    request = SubmitRequest(
        master="m", name="n", conf={}, main="main.py", properties_file="/run/spark.properties"
    )
    assert request.argv("spark-submit")[-3:-1] == ("--properties-file", "/run/spark.properties")


@pytest.mark.parametrize(("value", "what"), [("a\rb", "a carriage return"), ("a\0b", "a NUL")])
def test_what_spark_class_would_lose_is_refused(value, what):
    request = SubmitRequest(master="m", name="n", conf={"spark.x": value}, main="main.py")
    with pytest.raises(UserError, match=f"{what}.* does not survive"):
        request.argv()


def test_it_is_data_too():
    assert REQUEST.data()["conf"]["spark.b"] == "2"
