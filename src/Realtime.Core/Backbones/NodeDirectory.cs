using System.Collections.Concurrent;
using System.Text.Json;

namespace Realtime.Backbones;

/// <summary>A node as another one sees it.</summary>
/// <param name="Status">What it last said of itself.</param>
/// <param name="Age">How long ago.</param>
/// <param name="IsSilent">Whether it should have been heard of since, and did not say goodbye.</param>
public sealed record KnownNode(NodeStatus Status, TimeSpan Age, bool IsSilent);

/// <summary>The other nodes, by what they say of themselves.</summary>
public sealed class NodeDirectory(BackboneOptions options, TimeProvider time)
{
    private const int MaxNodes = 1_000;

    /// <summary>A node that said goodbye to nobody and does not come back: after this long it is taken for gone.</summary>
    private static readonly TimeSpan ForgetAfter = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<Guid, (NodeStatus Status, long At)> _nodes = new();

    /// <summary>The other nodes.</summary>
    public IReadOnlyList<KnownNode> All => [.. _nodes.Values.Select(node =>
    {
        var age = time.GetElapsedTime(node.At);
        return new KnownNode(node.Status, age, IsSilent(age));
    }).OrderBy(node => node.Status.Name, StringComparer.Ordinal)];

    /// <summary>Called with the number of a node that said goodbye.</summary>
    internal Action<Guid>? NodeLeft { get; set; }

    /// <summary>The numbers of those that are heard of.</summary>
    internal IReadOnlyCollection<Guid> Alive => [.. _nodes.Where(node => !IsSilent(time.GetElapsedTime(node.Value.At))).Select(node => node.Key)];

    /// <summary>Whether a node that may be publishing can't be heard: then its messages have to be pulled.</summary>
    internal bool AnySilent
    {
        get
        {
            foreach (var (node, (_, at)) in _nodes)
            {
                var age = time.GetElapsedTime(at);
                if (age > ForgetAfter)
                    _nodes.TryRemove(node, out _);
                else if (IsSilent(age))
                    return true;
            }

            return false;
        }
    }

    internal void Heard(Guid node, FrameReader body)
    {
        NodeStatus status;
        try
        {
            status = JsonSerializer.Deserialize<NodeStatus>(body.ReadBytes().Span, JsonSerializerOptions.Web)
                ?? throw new FormatException("A node's status is null.");
        }
        catch (JsonException e)
        {
            throw new FormatException("A node's status can't be read.", e);
        }

        if (_nodes.Count < MaxNodes || _nodes.ContainsKey(node))
            _nodes[node] = (status, time.GetTimestamp());
    }

    internal void Left(Guid node)
    {
        _nodes.TryRemove(node, out _);
        NodeLeft?.Invoke(node);
    }

    private bool IsSilent(TimeSpan age) => age > options.StatusInterval * 3;
}
