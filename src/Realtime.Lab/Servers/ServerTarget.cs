using System.Net;

namespace Realtime.Lab.Servers;

/// <summary>A running server, as readers and publishers address it.</summary>
/// <param name="Url">Its base address; plain HTTP, because the load generator speaks over bare sockets.</param>
/// <param name="EndPoint">The same as an address to connect to.</param>
/// <param name="Token">The bearer token; null where none is asked for.</param>
/// <param name="ProcessId">Its process, for CPU and memory; null where it is not on this machine.</param>
/// <param name="IsPeer">Whether it is the plain SignalR baseline.</param>
public sealed record ServerTarget(Uri Url, IPEndPoint EndPoint, string? Token, int? ProcessId, bool IsPeer)
{
    /// <summary>The header lines that every request carries, each ended.</summary>
    internal string Headers => Token is null
        ? $"Host: {Url.Authority}\r\n"
        : $"Host: {Url.Authority}\r\nAuthorization: Bearer {Token}\r\n";
}
