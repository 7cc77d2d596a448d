using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Realtime.Transports.Problems;

namespace Realtime.Transports.SignalR;

/// <summary>
/// Brings the error of a failed hub call into the protocol's form, the problem as JSON: SignalR puts a sentence in front of a hub's own message, and has
/// sentences of its own for calls that never reach the hub.
/// </summary>
internal sealed partial class ProblemHubProtocol(IHubProtocol inner) : IHubProtocol
{
    public string Name => inner.Name;

    public int Version => inner.Version;

    public TransferFormat TransferFormat => inner.TransferFormat;

    public bool IsVersionSupported(int version) => inner.IsVersionSupported(version);

    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message) => inner.GetMessageBytes(Translate(message));

    public void WriteMessage(HubMessage message, IBufferWriter<byte> output) => inner.WriteMessage(Translate(message), output);

    public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message) =>
        inner.TryParseMessage(ref input, binder, out message);

    private static HubMessage Translate(HubMessage message) =>
        message is CompletionMessage { Error: { } error, InvocationId: { } id } && Translate(error) is { } problem
            ? CompletionMessage.WithError(id, problem)
            : message;

    private static string? Translate(string error)
    {
        if (OwnProblem().Match(error) is { Success: true } own)
            return own.Groups["problem"].Value;
        return Unbound().Match(error) is { Success: true } unbound
            ? Problem.InvalidRequest($"The hub has no method '{Problem.Echo(unbound.Groups["method"].Value)}' that takes these arguments.").ToJson()
            : null;
    }

    [GeneratedRegex("HubException: (?<problem>\\{\"type\":\"urn:realtime:.*\\})$", RegexOptions.Singleline)]
    private static partial Regex OwnProblem();

    [GeneratedRegex("^(?:Unknown hub method|Failed to invoke) '(?<method>.*)'", RegexOptions.Singleline)]
    private static partial Regex Unbound();
}
