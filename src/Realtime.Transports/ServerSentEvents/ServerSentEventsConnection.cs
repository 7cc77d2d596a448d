using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Realtime.Delivery;
using Realtime.Transports.Requests;

namespace Realtime.Transports.ServerSentEvents;

/// <summary>The writing side of an event stream.</summary>
/// <param name="context">The request, whose response has been started.</param>
/// <param name="socket">Where to write chunks directly; null to write through the response.</param>
internal sealed class ServerSentEventsConnection(HttpContext context, Socket? socket) : ITransportConnection
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PipeWriter _body = context.Response.BodyWriter;

    public string Transport => TransportNames.ServerSentEvents;

    public WireFormat Format => socket is null ? ServerSentEventsFormat.Instance : ChunkedServerSentEventsFormat.Instance;

    /// <summary>Completes when the stream is to end.</summary>
    internal Task Ended => _ended.Task;

    public ValueTask WriteAsync(Frame frame)
    {
        if (socket is not null)
            return DirectSocket.SendAsync(socket, frame.Bytes);
        var flush = _body.WriteAsync(frame.Bytes);
        if (!flush.IsCompletedSuccessfully)
            return FinishAsync(flush);
        Check(flush.GetAwaiter().GetResult());
        return ValueTask.CompletedTask;
    }

    public void Close(CloseReason reason) => _ended.TrySetResult();

    public void Abort()
    {
        context.Abort();
        _ended.TrySetResult();
    }

    private static async ValueTask FinishAsync(ValueTask<FlushResult> flush) => Check(await flush);

    private static void Check(FlushResult result)
    {
        if (result.IsCompleted || result.IsCanceled)
            throw new IOException("The client no longer reads the stream.");
    }
}
