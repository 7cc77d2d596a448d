using System.Net;
using System.Text;
using System.Text.Json;

namespace Realtime.Testing.Clients;

/// <summary>Reads by long polling or, with no wait, by short polling.</summary>
public sealed class PollingReader(ServerClient server, IReadOnlyList<string> channels, string? cursor, TimeSpan wait)
    : TestReader(server, channels, cursor)
{
    /// <summary>Sooner than the server asks for, so that tests don't take long.</summary>
    private static readonly TimeSpan ShortPollInterval = TimeSpan.FromMilliseconds(50);

    private Task _polling = Task.CompletedTask;

    /// <inheritdoc/>
    public override async Task ConnectAsync()
    {
        var cursor = await PollAsync(Cursor);
        _polling = PollAllAsync(cursor);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _polling;
    }

    private async Task PollAllAsync(string cursor)
    {
        try
        {
            while (true)
            {
                cursor = await PollAsync(cursor);
                if (wait == TimeSpan.Zero)
                    await Task.Delay(ShortPollInterval, WhenCut);
            }
        }
        catch (HttpRequestException e)
        {
            TellClosed((int?)e.StatusCode, e);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or JsonException)
        {
            TellClosed(null, e);
        }
    }

    private async Task<string> PollAsync(string? cursor)
    {
        var body = JsonSerializer.Serialize(new { channels = Channels, cursor, wait = wait.TotalSeconds, limit = 1000 });
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Server.Http.PostAsync("api/poll", content, WhenCut);
        response.EnsureSuccessStatusCode();
        if (response.StatusCode == HttpStatusCode.NoContent)
        {
            await TellEmptyAsync(response, cursor);
            return cursor!;
        }

        await using var stream = await response.Content.ReadAsStreamAsync(WhenCut);
        using var document = await JsonDocument.ParseAsync(stream, new JsonDocumentOptions { MaxDepth = 128 }, WhenCut);
        return TellAnswer(document.RootElement);
    }

    // What a held poll says about when to come back is how it is told of a shutdown.
    private async Task TellEmptyAsync(HttpResponseMessage response, string? cursor)
    {
        Tell(new BatchEvent([], cursor!));
        if (wait > TimeSpan.Zero && response.Headers.RetryAfter?.Delta is { } after)
        {
            Tell(new DrainEvent(after));
            await Task.Delay(after, WhenCut);
        }
    }

    private string TellAnswer(JsonElement answer)
    {
        if (answer.TryGetProperty("gaps", out var gaps))
        {
            foreach (var gap in gaps.EnumerateArray())
                Tell(GapEvent.Read(gap));
        }

        var cursor = answer.GetProperty("cursor").GetString()!;
        Tell(new BatchEvent(ReceivedMessage.ReadAll(answer.GetProperty("messages")), cursor));
        if (answer.TryGetProperty("signals", out var signals))
        {
            foreach (var signal in ReceivedMessage.ReadAll(signals))
                Tell(new SignalEvent(signal));
        }

        return cursor;
    }
}
