using System.Net;
using System.Text.Json;
using Realtime.Testing.Clients;

namespace Realtime.Server.Tests.Faults;

/// <summary>Publishes numbered messages, each under one id until it is acknowledged, however many answers are lost.</summary>
/// <param name="channel">Where it publishes.</param>
/// <param name="name">The beginning of its ids.</param>
/// <param name="pace">The least time from one acknowledged message to the next; none by default.</param>
internal sealed class RetryingPublisher(string channel, string name, TimeSpan pace = default)
{
    private readonly List<(string Id, long Offset)> _acknowledged = [];

    /// <summary>Every message that was acknowledged, with its offset.</summary>
    internal IReadOnlyList<(string Id, long Offset)> Acknowledged => _acknowledged;

    /// <summary>Where it publishes.</summary>
    internal string Channel => channel;

    /// <summary>How often it was told to come back later.</summary>
    internal int Refused { get; private set; }

    /// <summary>The id of a message.</summary>
    internal string IdOf(int number) => $"{name}-{number}";

    /// <summary>Publishes the next messages until it is told to stop, or there are enough.</summary>
    /// <param name="connect">Gives a way to the server, anew after each failure.</param>
    /// <param name="until">How many messages are enough.</param>
    /// <param name="cancellationToken">Stops after the message under way.</param>
    internal async Task PublishAsync(Func<ServerClient> connect, int until, CancellationToken cancellationToken)
    {
        var user = connect();
        while (_acknowledged.Count < until && !cancellationToken.IsCancellationRequested)
        {
            var id = IdOf(_acknowledged.Count);
            try
            {
                using var response = await user.PostAsync($"api/channels/{channel}/messages", $$"""{"data":{{_acknowledged.Count}},"id":"{{id}}"}""");
                if (response.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests)
                {
                    Refused++;
                    Assert.NotNull(response.Headers.RetryAfter);
                    // Sooner than it was asked to: the more is under way when the fault is over.
                    await Task.WhenAny(Task.Delay(50, cancellationToken));
                    continue;
                }

                Assert.True(response.IsSuccessStatusCode, $"A publish was answered by {response.StatusCode}.");
                _acknowledged.Add((id, (await ServerClient.JsonAsync(response)).GetProperty("offset").GetInt64()));
                if (pace > TimeSpan.Zero)
                    await Task.WhenAny(Task.Delay(pace, cancellationToken));
            }
            catch (Exception e) when (e is HttpRequestException or IOException or JsonException)
            {
                // Whether the message was stored nobody knows; publishing it again under its id is safe.
                user.Dispose();
                user = connect();
            }
        }

        user.Dispose();
    }
}
