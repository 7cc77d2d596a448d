using System.Text;
using System.Text.Json;
using Realtime.Lab.Broker;

namespace Realtime.Lab.Tests.Broker;

public sealed class MeasuredFormatTests
{
    [Theory]
    [InlineData(64)]
    [InlineData(200)]
    [InlineData(4000)]
    public void Data_is_JSON_of_the_size_that_was_asked_for_and_is_read_back(int size)
    {
        var data = MeasuredPayload.Write(7, 123_456, 9_876_543_210, size);

        Assert.Equal(size, data.Length);
        using var json = JsonDocument.Parse(data);
        Assert.Equal(7, json.RootElement.GetProperty("c").GetInt32());
        Assert.Equal((7, 123_456, 9_876_543_210), MeasuredPayload.Read(data));
    }

    [Fact]
    public void Data_of_somebody_else_is_an_error() =>
        Assert.Throws<FormatException>(() => MeasuredPayload.Read(Encoding.UTF8.GetBytes("""{"text":"hello"}""")));
}
