using System.Net;
using Realtime.Testing.Clients;

namespace Realtime.Server.Tests.Protocol;

/// <summary>The event stream, line by line.</summary>
public sealed class StreamTests(SharedServer server) : ProtocolTest(server)
{
    [Fact]
    public async Task The_stream_may_be_neither_kept_nor_held_nor_compressed()
    {
        using var response = await OpenAsync($"api/stream?channels={Channel}", "Accept-Encoding: gzip, br, deflate");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("no-store, no-transform", string.Join(", ", response.Headers.GetValues("Cache-Control")));
        Assert.Equal("no", response.Headers.GetValues("X-Accel-Buffering").Single());
        Assert.Empty(response.Content.Headers.ContentEncoding);
    }

    [Fact]
    public async Task It_begins_with_retry_and_two_small_events()
    {
        using var stream = await ReadAsync($"api/stream?channels={Channel}");
        Assert.Matches("^retry: [0-9]+$", await stream.NextLineAsync());
        Assert.Equal("event: ready", await stream.NextLineAsync());
        Assert.Matches("^data: \\{\"cursor\":\"[A-Za-z0-9_-]+\"\\}$", await stream.NextLineAsync());
        Assert.Equal("", await stream.NextLineAsync());
        Assert.Equal("event: ping", await stream.NextLineAsync());
        Assert.StartsWith("data: ", await stream.NextLineAsync(), StringComparison.Ordinal);
        Assert.Equal("", await stream.NextLineAsync());
    }

    [Fact]
    public async Task A_message_is_one_event_with_the_cursor_after_it_as_its_id()
    {
        using var stream = await ReadAsync($"api/stream?channels={Channel}");
        await stream.SkipEventsAsync(2);
        await Alice.PublishAsync(Channel, "\"a\\nb\"");
        await Alice.PublishAsync(Channel, "2");
        var first = await stream.NextEventAsync("message");
        Assert.Equal(["event", "id", "data"], first.Select(line => line.Split(": ")[0]));
        Assert.EndsWith("\"data\":\"a\\nb\"}", first[2], StringComparison.Ordinal);
        var cursor = first[1]["id: ".Length..];

        // Last-Event-ID wins over the cursor in the address.
        using var resumed = await ReadAsync($"api/stream?channels={Channel}&cursor=earliest", $"Last-Event-ID: {cursor}");
        Assert.Contains("\"offset\":2,", (await resumed.NextEventAsync("message"))[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Last_Event_ID_that_is_no_cursor_is_refused() =>
        await RefusedAsync(await OpenAsync($"api/stream?channels={Channel}", "Last-Event-ID: forged"), 400, "invalid-cursor");

    [Fact]
    public async Task A_ticket_opens_a_stream_and_an_access_token_in_the_address_does_not()
    {
        using var answer = await Alice.PostAsync("api/tickets", "{}");
        var json = await ServerClient.JsonAsync(answer);
        Assert.Equal(60, json.GetProperty("expiresIn").GetInt32());
        var ticket = json.GetProperty("ticket").GetString();
        using var nobody = new ServerClient(Server.Address, null);
        for (var i = 0; i < 2; i++)
        {
            using var response = await nobody.Http.GetAsync(
                new Uri($"api/stream?channels={Channel}&ticket={ticket}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        await RefusedAsync(await nobody.GetAsync($"api/stream?channels={Channel}&ticket={ticket}x"), 401, "unauthenticated");
        await RefusedAsync(await nobody.GetAsync($"api/stream?channels={Channel}&access_token={Alice.Token}"), 401, "unauthenticated");
    }

    private async Task<HttpResponseMessage> OpenAsync(string path, params string[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var header in headers)
            request.Headers.TryAddWithoutValidation(header.Split(": ")[0], header.Split(": ")[1]);
        return await Alice.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    private async Task<Lines> ReadAsync(string path, params string[] headers)
    {
        var response = await OpenAsync(path, headers);
        return new Lines(response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
    }

    private sealed class Lines(HttpResponseMessage response, Stream stream) : IDisposable
    {
        private readonly StreamReader _reader = new(stream);

        public void Dispose()
        {
            _reader.Dispose();
            response.Dispose();
        }

        internal async Task<string> NextLineAsync() =>
            await Deadline.WithinAsync(_reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask(), "next line") ?? throw new EndOfStreamException();

        internal async Task<List<string>> NextEventAsync(string type)
        {
            while (true)
            {
                var lines = new List<string>();
                for (var line = await NextLineAsync(); line.Length > 0; line = await NextLineAsync())
                    lines.Add(line);
                if (lines[0] == "event: " + type)
                    return lines;
                Assert.DoesNotContain(lines, line => line.StartsWith("id", StringComparison.Ordinal));
            }
        }

        internal async Task SkipEventsAsync(int count)
        {
            for (; count > 0; count--)
            {
                while (await NextLineAsync() != "")
                {
                }
            }
        }
    }
}
