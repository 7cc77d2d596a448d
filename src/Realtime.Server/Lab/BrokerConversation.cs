using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Channels;
using Realtime.Lab;
using Realtime.Lab.Broker;

namespace Realtime.Server.Lab;

/// <summary>One client of the experiment: it sends settings, gets samples and a result, and may switch the slow node meanwhile. When it leaves, the run ends.</summary>
internal sealed partial class BrokerConversation(WebSocket socket, TimeProvider time, ILoggerFactory loggers)
{
    private const int MaxMessage = 4096;

    /// <summary>What waits for a client that reads slowly; further samples are left out.</summary>
    private const int MaxWaiting = 64;

    private static readonly TimeSpan SettingsTimeout = TimeSpan.FromSeconds(10);

    private readonly ILogger _logger = loggers.CreateLogger<BrokerConversation>();

    private readonly Channel<BrokerEvent> _outgoing = Channel.CreateBounded<BrokerEvent>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    internal async Task RefuseAsync(string reason, CancellationToken cancellationToken)
    {
        await SendAsync(new BrokerEvent { Problem = reason }, cancellationToken);
        await CloseAsync(cancellationToken);
    }

    internal async Task RunAsync(IBrokerAccess access, CancellationToken aborted, CancellationToken stopping)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(aborted, stopping);
        try
        {
            if (await ReceiveSettingsAsync(end.Token) is not { } settings)
                return;
            if (settings.Problem() is { } problem)
            {
                await RefuseAsync(problem, end.Token);
                return;
            }

            var experiment = new BrokerExperiment(settings, access, time, loggers);
            var listening = ListenAsync(experiment, end);
            var sending = SendAllAsync(end);
            await ExperimentAsync(experiment, end.Token);
            await sending;
            await CloseAsync(end.Token);
            await listening;
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // The client is gone, or the server stops: the run has ended with it.
        }
    }

    private async Task ExperimentAsync(BrokerExperiment experiment, CancellationToken cancellationToken)
    {
        try
        {
            var result = await experiment.RunAsync(sample => _outgoing.Writer.TryWrite(new BrokerEvent { Sample = sample }), cancellationToken);
            await _outgoing.Writer.WriteAsync(new BrokerEvent { Result = result }, cancellationToken);
        }
        catch (Exception e) when (e is LabException or RealtimeException)
        {
            LogFailed(_logger, e);
            await _outgoing.Writer.WriteAsync(new BrokerEvent { Problem = e.Message }, cancellationToken);
        }
        finally
        {
            _outgoing.Writer.TryComplete();
        }
    }

    private async Task SendAllAsync(CancellationTokenSource end)
    {
        try
        {
            await foreach (var message in _outgoing.Reader.ReadAllAsync(end.Token))
                await SendAsync(message, end.Token);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            await end.CancelAsync();
        }
    }

    private async Task ListenAsync(BrokerExperiment experiment, CancellationTokenSource end)
    {
        try
        {
            while (await ReceiveAsync(end.Token) is { } text)
            {
                var command = JsonSerializer.Deserialize<BrokerCommand>(text, JsonSerializerOptions.Web);
                if (command?.Slow is { } slow)
                    experiment.SetSlow(slow);
                if (command?.Stop == true)
                    experiment.Finish();
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or JsonException)
        {
            // A client that is gone, or speaks something else: nobody is left to run for.
        }

        // What is being closed in order has its result already.
        if (!_outgoing.Reader.Completion.IsCompleted)
            await end.CancelAsync();
    }

    private async Task<BrokerSettings?> ReceiveSettingsAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = time.CreateTimer(_ => limit.Cancel(), null, SettingsTimeout, Timeout.InfiniteTimeSpan);
        try
        {
            if (await ReceiveAsync(limit.Token) is not { } text)
                return null;
            return JsonSerializer.Deserialize<BrokerSettings>(text, JsonSerializerOptions.Web) ?? new BrokerSettings();
        }
        catch (JsonException)
        {
            await RefuseAsync("The first message must be the settings, as a JSON object.", cancellationToken);
            return null;
        }
    }

    /// <returns>Null when the client closes, or sends more than any command has.</returns>
    private async Task<byte[]?> ReceiveAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxMessage];
        var length = 0;
        while (length < buffer.Length)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
            if (received.MessageType == WebSocketMessageType.Close)
                return null;
            length += received.Count;
            if (received.EndOfMessage)
                return buffer[..length];
        }

        return null;
    }

    private async Task SendAsync(BrokerEvent message, CancellationToken cancellationToken) =>
        await socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(message, BrokerEvent.Json).AsMemory(), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);

    private async Task CloseAsync(CancellationToken cancellationToken)
    {
        if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);
    }

    [LoggerMessage(5102, LogLevel.Warning, "An experiment could not be carried out.", EventName = "LabRunFailed")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
