using System.ComponentModel.DataAnnotations;

namespace Realtime.Transports.Requests;

/// <summary>How large requests may be (<c>Realtime:Limits</c>).</summary>
public sealed class LimitOptions
{
    /// <summary>What surrounds the data in the body of a publish: channel, id, type, white space.</summary>
    internal const int EnvelopeBytes = 16 * 1024;

    /// <summary>The largest <c>data</c> of a message, in bytes of UTF-8 as sent; 64 KiB by default.</summary>
    [Range(1, 64 << 20)]
    public int MaxMessageBytes { get; set; } = 65_536;

    /// <summary>The largest body of a batch, in bytes; 8 MiB by default.</summary>
    [Range(1, 1 << 30)]
    public int MaxBatchBytes { get; set; } = 8 << 20;

    /// <summary>The largest body of a single publish, and the largest frame of a WebSocket, in bytes.</summary>
    internal int MaxPublishBytes => MaxMessageBytes + EnvelopeBytes;
}
