using System.Net.WebSockets;
using System.Text.Json;
using Realtime.Lab.Servers;

namespace Realtime.Lab.Broker;

/// <summary>Runs the experiment on a server, through its endpoint.</summary>
public static class BrokerClient
{
    /// <summary>Runs one mode.</summary>
    /// <param name="server">The server, which must know a broker.</param>
    /// <param name="settings">What is run.</param>
    /// <param name="onSample">Gets every sample.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    /// <exception cref="LabException">The server refuses, or ends without a result.</exception>
    public static async Task<BrokerResult> RunAsync(ServerTarget server, BrokerSettings settings, Action<BrokerSample> onSample, CancellationToken cancellationToken)
    {
        var url = new UriBuilder(new Uri(server.Url, "api/lab/broker/run")) { Scheme = Uri.UriSchemeWs }.Uri;
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {server.Token}");
        try
        {
            await socket.ConnectAsync(url, cancellationToken);
            await socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(settings, BrokerEvent.Json).AsMemory(), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
            using var text = new MemoryStream();
            while (await ReceiveAsync(socket, text, cancellationToken) is { } message)
            {
                if (message.Problem is { } problem)
                    throw new LabException($"{settings.Mode}: {problem}");
                if (message.Result is { } result)
                    return result;
                if (message.Sample is { } sample)
                    onSample(sample);
            }
        }
        catch (WebSocketException e)
        {
            throw new LabException($"{settings.Mode}: the server at {url} broke the experiment off: {e.Message}", e);
        }

        throw new LabException($"{settings.Mode}: the server at {url} ended the experiment without a result.");
    }

    private static async Task<BrokerEvent?> ReceiveAsync(ClientWebSocket socket, MemoryStream text, CancellationToken cancellationToken)
    {
        text.SetLength(0);
        var buffer = new byte[16 * 1024];
        ValueWebSocketReceiveResult received;
        do
        {
            received = await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
            if (received.MessageType == WebSocketMessageType.Close)
                return null;
            text.Write(buffer, 0, received.Count);
        }
        while (!received.EndOfMessage);
        return JsonSerializer.Deserialize<BrokerEvent>(text.GetBuffer().AsSpan(0, (int)text.Length), BrokerEvent.Json);
    }
}
