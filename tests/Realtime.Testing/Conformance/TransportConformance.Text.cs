using System.Text.Json;
using Realtime.Testing.Clients;

namespace Realtime.Testing.Conformance;

public abstract partial class TransportConformance
{
    /// <summary>Data in forms that framing, escaping or transcoding could break, as JSON.</summary>
    public static TheoryData<string> OddData =>
    [
        "null", "true", "0", "-1.5", "\"\"", "{}", "[]", "9007199254740993", "18446744073709551615", "-9223372036854775808", "1e10", "0.1",
        "\"\u2028 and \u2029 and \u0085 and \uFEFF\"",
        "\"line\\nbreak\\r\\nand\\ttab\"",
        "\"data: x\\n\\nid: y\\nevent: z\"",
        "\"\\u0000\\u001e\\u001f\\u007f\"",
        "\"😀 \\uD83D\\uDE00 👩‍👩‍👧 é e\u0301 שלום العربية 漢字 \U0010FFFF \uFFFE\"",
        "\"</script><!--\\/ \\\" \\\\ \\u0041\"",
        "{\"\":1,\"__proto__\":{\"a\":[null,false]},\"ключ\":\"значение\",\"a\\nb\":\"\\u2028\"}",
        "{\n  \"text\" : \"pretty\",\r\n\t\"list\" : [\n 1,\r\n 2 ]\n}",
    ];

    [Theory]
    [MemberData(nameof(OddData))]
    public async Task Data_comes_as_it_was_published(string data)
    {
        var channel = NewChannel();
        var reader = await OpenAsync(channel);
        await Alice.PublishAsync(channel, data);
        await Alice.PublishAsync(channel, "\"after\"");
        var messages = await reader.TakeAsync(2);
        using var sent = JsonDocument.Parse(data);
        Assert.True(JsonElement.DeepEquals(sent.RootElement, messages[0].Data), $"Sent {data}, received {messages[0].Data.GetRawText()}.");
        Assert.Equal("after", messages[1].Data.GetString());
    }

    [Fact]
    public async Task The_largest_data_comes_whole()
    {
        var channel = NewChannel();
        var reader = await OpenAsync(channel);
        var text = new string('x', 65_534);
        await Alice.PublishAsync(channel, $"\"{text}\"");
        await Alice.PublishAsync(channel, $"\"{text}\"");
        Assert.All(await reader.TakeAsync(2), message => Assert.Equal(text, message.Data.GetString()));
    }

    [Fact]
    public async Task The_deepest_data_comes_whole()
    {
        var channel = NewChannel();
        var reader = await OpenAsync(channel);
        // The JSON protocol of SignalR's .NET client reads 64 levels, and puts four around a message's data.
        var depth = kind == ReaderKind.HubJson ? 60 : 64;
        var data = new string('[', depth) + new string(']', depth);
        await Alice.PublishAsync(channel, data);
        var message = Assert.Single(await reader.TakeAsync(1));
        using var sent = JsonDocument.Parse(data, new JsonDocumentOptions { MaxDepth = 64 });
        Assert.True(JsonElement.DeepEquals(sent.RootElement, message.Data));
    }
}
