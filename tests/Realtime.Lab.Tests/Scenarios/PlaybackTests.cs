using System.Globalization;
using System.Text;
using System.Text.Json;
using Realtime.Lab.Meters;
using Realtime.Lab.Readers;
using Realtime.Lab.Scenarios;
using Realtime.Lab.Workloads;

namespace Realtime.Lab.Tests.Scenarios;

/// <summary>A server that does what it should is in the other tests; these are about one that does not.</summary>
public class PlaybackTests
{
    private const int Messages = 40;

    private static readonly ReaderSettings Reading = new() { PollInterval = TimeSpan.FromMilliseconds(5) };

    private readonly List<string> _log = [];

    [Fact]
    public async Task A_server_that_delivers_everything_has_a_clean_account()
    {
        var account = await PlayAsync((offset, message) => [(offset, message)]);

        Assert.Equal((Messages, Messages), (account.Expected, account.Delivered));
        Assert.Equal((0, 0, 0, 0), (account.Missing, account.Repeated, account.OutOfOrder, account.WrongContent));
    }

    [Fact]
    public async Task A_message_that_never_comes_is_missing()
    {
        var account = await PlayAsync((offset, message) => offset == 7 ? [] : [(offset, message)]);

        Assert.Equal((Messages, Messages - 1, 1), (account.Expected, account.Delivered, account.Missing));
    }

    [Fact]
    public async Task A_message_that_is_delivered_twice_is_seen()
    {
        var account = await PlayAsync((offset, message) => offset == 7 ? [(7, message), (7, message)] : [(offset, message)]);

        Assert.Equal((Messages, 1), (account.Delivered, account.Repeated));
    }

    [Fact]
    public async Task Messages_that_change_places_are_seen()
    {
        var account = await PlayAsync((offset, message) => offset switch
        {
            7 => [(8, _log[7]), (7, message)],
            8 => [],
            _ => [(offset, message)],
        });

        Assert.Equal((Messages, 1), (account.Delivered, account.OutOfOrder));
    }

    [Fact]
    public async Task A_message_with_the_content_of_another_is_seen()
    {
        var account = await PlayAsync((offset, message) => [(offset, offset == 7 ? _log[0] : message)]);

        Assert.Equal((Messages, 1), (account.Delivered, account.WrongContent));
    }

    [Fact]
    public async Task A_publisher_that_is_held_back_sends_again_what_was_refused_and_nothing_else()
    {
        var requests = 0;
        var account = await PlayAsync(
            (offset, message) => [(offset, message)],
            messages => ++requests switch
            {
                1 => "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n",
                2 => ScriptedServer.Ok(Publish(messages, refuse: 0)),
                _ => ScriptedServer.Ok(Publish(messages)),
            });

        Assert.Equal((Messages, Messages), (account.Expected, account.Delivered));
        Assert.Equal(Messages, _log.Distinct().Count());
    }

    [Fact]
    public async Task A_message_that_is_refused_for_good_is_not_expected()
    {
        var account = await PlayAsync(
            (offset, message) => [(offset, message)],
            messages => ScriptedServer.Ok(Publish(messages, refuse: messages.FindIndex(message => message.Contains("\"n\":3,", StringComparison.Ordinal)), status: 413)));

        Assert.Equal((Messages - 1, Messages - 1, 0), (account.Expected, account.Delivered, account.Missing));
    }

    private async Task<DeliveryAccount> PlayAsync(
        Func<int, string, (int Offset, string Message)[]> deliver, Func<List<string>, string>? publish = null)
    {
        var workload = new Workload(
            "forty messages",
            ["c"],
            [.. Enumerable.Range(0, Messages).Select(number => new WorkloadMessage(
                TimeSpan.FromMilliseconds(number), 0, number, 0, Encoding.UTF8.GetBytes("\"text\":\"hi\"")))]);
        await using var server = new ScriptedServer((line, body) => line.StartsWith("POST", StringComparison.Ordinal)
            ? (publish ?? (messages => ScriptedServer.Ok(Publish(messages))))(Parse(body))
            : Poll(line, deliver));
        using var loops = new Loops();
        await using var playback = new Playback(workload, loops, BuiltPrograms.Host with { Patience = TimeSpan.FromMilliseconds(300) });
        playback.Read(server.Target, TransportKind.ShortPoll, 1, Reading);
        await playback.OpenAsync(TestContext.Current.CancellationToken);
        await playback.RunAsync("test", TestContext.Current.CancellationToken);
        return await playback.AccountAsync(playback.Groups[0]);
    }

    private static List<string> Parse(string body)
    {
        using var document = JsonDocument.Parse(body);
        return [.. document.RootElement.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("data").GetRawText())];
    }

    private string Publish(List<string> messages, int? refuse = null, int status = 503)
    {
        var results = messages.Select((message, index) =>
        {
            if (index == refuse)
                return $$"""{"type":"urn:realtime:x","status":{{status}}}""";
            _log.Add(message);
            return $$"""{"channel":"c","offset":{{_log.Count}},"id":"x"}""";
        });
        return $$"""{"results":[{{string.Join(',', results)}}]}""";
    }

    // The cursor is the number of messages that were read; a reader without one stands at the end, which is where the log begins.
    private string Poll(string line, Func<int, string, (int Offset, string Message)[]> deliver)
    {
        var at = line.IndexOf("cursor=", StringComparison.Ordinal);
        var from = at < 0 ? 0 : int.Parse(line[(at + 7)..].Split('&', ' ')[0], CultureInfo.InvariantCulture);
        // One message behind the end, so that two can change places.
        var until = _log.Count >= Messages - 1 ? _log.Count : Math.Max(from, _log.Count - 1);
        if (at >= 0 && until == from)
            return "HTTP/1.1 204 No Content\r\nRetry-After: 1\r\n\r\n";
        var messages = Enumerable.Range(from, until - from).SelectMany(index => deliver(index + 1, _log[index]))
            .Select(delivery => $$"""{"channel":"c","offset":{{delivery.Offset}},"data":{{delivery.Message}}}""");
        return ScriptedServer.Ok($$"""{"cursor":"{{until}}","messages":[{{string.Join(',', messages)}}]}""");
    }
}
