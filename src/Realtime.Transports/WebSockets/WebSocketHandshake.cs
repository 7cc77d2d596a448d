using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Realtime.Transports.Problems;

namespace Realtime.Transports.WebSockets;

/// <summary>
/// Upgrades a request to the stream under a WebSocket (RFC 6455 §4.2, and RFC 8441 over HTTP/2). The stream, and not the framework's socket, because
/// frames are encoded once for all readers.
/// </summary>
internal static class WebSocketHandshake
{
    private const string AcceptGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <summary>Refuses what is no WebSocket request, before anything else about it is looked at.</summary>
    /// <exception cref="ProblemException">400.</exception>
    internal static void Require(HttpContext context)
    {
        var headers = context.Request.Headers;
        var extended = context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true, Protocol: "websocket" };
        var upgrade = context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
            && headers.Upgrade.ToString().Equals("websocket", StringComparison.OrdinalIgnoreCase);
        if (!extended && !upgrade)
            throw new ProblemException(Problem.InvalidRequest("This address takes WebSocket connections: the request must be an upgrade to websocket."));
        if (headers.SecWebSocketVersion != "13")
            throw new ProblemException(Problem.InvalidField("Sec-WebSocket-Version", "13"));
        if (!extended && !IsKey(headers.SecWebSocketKey))
            throw new ProblemException(Problem.InvalidField("Sec-WebSocket-Key", "16 bytes in Base64"));
    }

    /// <summary>Answers the request and gives the stream.</summary>
    internal static async ValueTask<Stream> AcceptAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } extended)
            return await extended.AcceptAsync();
        var headers = context.Response.Headers;
        headers.Connection = "Upgrade";
        headers.Upgrade = "websocket";
        headers.SecWebSocketAccept = AcceptFor(context.Request.Headers.SecWebSocketKey.ToString());
        return await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
    }

    [SuppressMessage("Security", "CA5350", Justification = "RFC 6455 asks for SHA-1 here; nothing depends on its strength.")]
    private static string AcceptFor(string key) => Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + AcceptGuid)));

    private static bool IsKey(string? key)
    {
        Span<byte> bytes = stackalloc byte[16];
        return key is { Length: 24 } && Convert.TryFromBase64String(key, bytes, out var length) && length == bytes.Length;
    }
}
